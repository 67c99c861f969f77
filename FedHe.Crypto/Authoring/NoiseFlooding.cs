using FedHe.Crypto.Bounds;
using FedHe.Crypto.Errors;
using FedHe.Crypto.Kernels.Hashing;
using FedHe.Crypto.Random;

namespace FedHe.Crypto.Authoring;

/// <summary>
/// A noise flooding holds the Gaussian noise that hides the noise of a scheme, which depends on the secret key, in a
/// published decryption.
/// </summary>
/// <param name="CoefficientSigma">Standard deviation of the added noise, in units of coefficients.</param>
/// <param name="ValueSigma">Standard deviation of the added noise, in units of values.</param>
/// <remarks>
/// sigma = sqrt(12*tau)*2^(s/2)*B, with s = 40 bits of statistical security against tau = 2^20 published ciphertexts,
/// and B the a-priori noise bound. Source: Li, Micciancio, Schultz and Sorrell, "Securing Approximate Homomorphic
/// Encryption Using Differential Privacy", CRYPTO 2022, in the form that OpenFHE documents. B is the worst case over
/// data, never measured.
/// </remarks>
public readonly record struct NoiseFlooding(double CoefficientSigma, double ValueSigma)
{
    private const int StatisticalSecurity = 40;
    private const int LogQueries = 20;

    /// <summary>Computes the noise that hides a coefficient noise of at most the given bound.</summary>
    /// <param name="coefficientNoise">The a-priori bound B, in units of coefficients.</param>
    /// <param name="valueNoisePerCoefficientNoise">Factor from the noise of a coefficient to the noise of a value.</param>
    public static NoiseFlooding For(double coefficientNoise, double valueNoisePerCoefficientNoise)
    {
        double sigma = Math.Sqrt(Math.ScaleB(12, LogQueries + StatisticalSecurity)) * coefficientNoise;
        return new NoiseFlooding(sigma, sigma * valueNoisePerCoefficientNoise);
    }

    /// <summary>Adds fresh noise of <see cref="ValueSigma"/> to every value.</summary>
    /// <exception cref="InvalidOperationException">The noise is zero, as in the default of this type: it would hide nothing.</exception>
    public void AddTo(Span<double> values)
    {
        if (!(ValueSigma > 0))
        {
            throw Throw.FloodingWithoutNoise();
        }

        Add(values, ValueSigma, RandomSource.System);
    }

    /// <summary>Adds fresh noise of a standard deviation to every value. The noise depends on all values.</summary>
    internal static void Add(Span<double> values, double standardDeviation, EncryptionRandomSource random)
    {
        using SecretStreams secrets = random.DrawSecret(UniversalHashKernel.BytesOf<double>(values), maxDegreeOfParallelism: 1);
        using SecretStream stream = secrets.Open();
        new SecretSampler(stream).AddGaussian(values, standardDeviation);
    }

    /// <summary>
    /// Computes the bound of a vector after the flooding noise is added. A Gaussian has no worst case, so
    /// <see cref="VectorBound.NoiseMax"/> becomes larger than any capacity.
    /// </summary>
    public VectorBound Flood(VectorBound bound)
        => bound.Add(new VectorBound(MaxAbs: 0, Rounding: 0, NoiseMax: double.MaxValue, ValueSigma * ValueSigma));
}
