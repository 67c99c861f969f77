using FedHe.Crypto.Kernels.Sampling;

namespace FedHe.Crypto.Ckks.Threshold.Parameters;

/// <summary>
/// A threshold flooding is the distribution of the noise 2^k*x + y that hides the noise of a ciphertext in a partial decryption:
/// x is the sum of four uniform integers of <paramref name="HighBits"/> bits about zero, y is uniform in [0, 2^k).
/// </summary>
/// <param name="HighBits">The bits of a summand of x, at most 60.</param>
/// <param name="LowBits">The number k of bits of y.</param>
/// <remarks>
/// <para>
/// sigma = sqrt(12*tau) * 2^(s/2) * sqrt(F * (B^2 + N*4^k/4)), for s bits of statistical security, tau opened ciphertexts, a bound B on the
/// 2-norm of what is hidden, and F = 1.04. The squared Hellinger distance of x to x + c is at most c^2*F/(8*sigma^2), since F is the
/// Fisher information of the sum of four uniform integers times its variance (1.0386 from 64 values a summand on). A shift of the
/// whole by v moves x by a random c with mean square at most (v/2^k)^2 + 1/4. Over N coefficients and tau ciphertexts, chosen one after the
/// other, the distance adds up to 2^-s/96, and the statistical distance is at most 2^(-s/2 - 2.7): what a Gaussian of the same
/// deviation gives by the divergence of Kullback and Leibler.
/// </para>
/// <para>
/// Unlike a Gaussian the noise is bounded, by 3.5*sigma, and is exact in every bit: residues show all of them. Sources: Li,
/// Micciancio, Schultz and Sorrell, CRYPTO 2022 (the form of sigma); docs/parameters.md (the derivation).
/// </para>
/// </remarks>
internal readonly record struct ThresholdFlooding(int HighBits, int LowBits)
{
    // Fisher information times variance, for four summands of at least 64 values.
    private const double FisherFactor = 1.04;

    private const int MaxHighBits = 60;
    private const int MaxLowBits = 48;

    /// <summary>The largest magnitude of a sample, in units of coefficients.</summary>
    public double Max => Math.ScaleB(1, HighBits + LowBits + 1);

    /// <summary>The variance of a sample, in units of coefficients.</summary>
    public double Variance
    {
        get
        {
            double summand = (Math.ScaleB(1, 2 * HighBits) - 1) / 12;
            double low = (Math.ScaleB(1, 2 * LowBits) - 1) / 12;
            return Math.ScaleB(FloodingKernel.Words * summand, 2 * LowBits) + low;
        }
    }

    /// <summary>Finds the narrowest noise that hides a polynomial, or null where its samples would not fit their words.</summary>
    /// <param name="degree">The number N of coefficients.</param>
    /// <param name="norm">The bound B of the 2-norm of what is hidden, at least 1.</param>
    /// <param name="statisticalSecurity">The bits s.</param>
    /// <param name="openings">The number tau of opened ciphertexts.</param>
    public static ThresholdFlooding? For(double degree, double norm, int statisticalSecurity, double openings)
    {
        // The largest k for which y adds at most a sixteenth to the square: sqrt(N)*2^(k-1) <= B/4.
        int lowBits = Math.Clamp(Math.ILogB(norm / Math.Sqrt(degree)) - 1, 0, MaxLowBits);
        double steps = lowBits > 0 ? degree * Math.ScaleB(1, 2 * (lowBits - 1)) : 0;
        double sigma = Math.Sqrt(12 * openings * FisherFactor * ((norm * norm) + steps)) * Math.Pow(2, statisticalSecurity / 2.0);

        // Four summands of 2^h values have the variance (4^h - 1)/3.
        int highBits = Math.ILogB(Math.Sqrt(3) * Math.ScaleB(sigma, -lowBits)) + 1;
        bool fits = highBits <= MaxHighBits && lowBits <= FloodingKernel.Words * (64 - highBits) && double.IsFinite(sigma);
        return fits ? new ThresholdFlooding(Math.Max(highBits, LeastHighBits), lowBits) : null;
    }

    // FisherFactor holds for summands of at least this many bits.
    private const int LeastHighBits = 6;
}
