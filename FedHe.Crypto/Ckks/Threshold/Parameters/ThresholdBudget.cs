using FedHe.Crypto.Ckks.Noise;
using FedHe.Crypto.Ckks.Parameters;
using FedHe.Crypto.Kernels.Rns;

namespace FedHe.Crypto.Ckks.Threshold.Parameters;

/// <summary>
/// A threshold budget computes the noise of a sum that several parties open, in units of coefficients, and whether exact integers
/// survive it.
/// </summary>
/// <remarks>
/// Exact integers survive where W*(fresh noise + rounding) + t*(flooding) + loss of decoding &lt; q/(2T). Encryption under a sum of n
/// contributions adds the fresh noise e0 - (e_1 + ... + e_n)*u + e1*(s_1 + ... + s_n).
/// </remarks>
internal sealed class ThresholdBudget
{
    // Encoding rounds by at most 1/2, and so does the sum of all encodings against the encoding of the sum.
    private const double EncodingNoise = 1;

    // The modulus is rounded to double precision.
    private const double DoublePrecisionSlack = 1.0 / (1L << 50);

    private readonly double _modulus;

    private ThresholdBudget(double modulus, double largestNoise, ThresholdFlooding flooding)
    {
        _modulus = modulus;
        LargestNoise = largestNoise;
        Flooding = flooding;
    }

    /// <summary>The noise of each partial decryption.</summary>
    public ThresholdFlooding Flooding { get; }

    /// <summary>The largest noise of a coefficient of an opened sum.</summary>
    public double LargestNoise { get; }

    /// <summary>The largest noise as a fraction of the modulus, in units of 2^-64, rounded up.</summary>
    public ulong LargestDistance => (ulong)Math.Ceiling(Math.ScaleB(LargestNoise / _modulus, 64)) + 1;

    /// <summary>Computes the budget, or null where no flooding is wide enough.</summary>
    public static ThresholdBudget? For(CkksParameters encryption, int parties, int threshold, int statisticalSecurity, long openings)
    {
        double degree = encryption.Degree;
        double fresh = CkksNoise.PublicKeyEncryption(degree, parties).TailBound + EncodingNoise;
        double noise = encryption.ExactIntegers!.LargestTotalWeight * fresh;

        // A sum may hold one vector many times, so weights count linearly, and every coefficient in its worst case.
        ThresholdFlooding? flooding = ThresholdFlooding.For(degree, Math.Sqrt(degree) * noise, statisticalSecurity, openings);
        if (flooding is not { } planned)
        {
            return null;
        }

        double modulus = CkksParameters.ModulusOf(encryption.Moduli);
        double decoding = PlaintextComposer.LossOf(modulus, encryption.Moduli.Length);
        return new ThresholdBudget(modulus, noise + (threshold * planned.Max) + decoding, planned);
    }

    /// <summary>Tells whether integers modulo 2^L survive the noise.</summary>
    public bool Holds(int logPlaintextModulus)
        => LargestNoise < Math.ScaleB(_modulus * (1 - DoublePrecisionSlack), -logPlaintextModulus - 1);
}
