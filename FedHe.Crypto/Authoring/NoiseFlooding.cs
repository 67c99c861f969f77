using FedHe.Crypto.Bounds;
using FedHe.Crypto.Errors;
using FedHe.Crypto.Kernels.Hashing;
using FedHe.Crypto.Keys;
using FedHe.Crypto.Random;

namespace FedHe.Crypto.Authoring;

/// <summary>
/// A noise flooding holds the Gaussian noise that hides the noise of a scheme, which depends on the secret key, in a
/// published decryption.
/// </summary>
/// <param name="CoefficientSigma">Standard deviation of the added noise, in units of coefficients.</param>
/// <param name="ValueSigma">Standard deviation of the added noise, in units of values.</param>
/// <remarks>
/// <para>
/// sigma = sqrt(12*tau)*2^(s/2)*B, with s = 40 bits of statistical security, tau = 2^20 published ciphertexts
/// (<see cref="SecretKey.PlannedPublications"/>) and B the a-priori bound of the 2-norm of the noise of one ciphertext, the worst case
/// over data and never measured. The Kullback-Leibler divergence between a publication with and without the noise of the
/// scheme is at most B^2/(2*sigma^2) = 2^-s/(24*tau), and of all tau together, however they are chosen, 2^-s/24 = 2^-44.5. The
/// statistical distance is then at most 2^-22.7 (Pinsker), which counts as s bits because telling two sources apart takes the
/// inverse of its square in samples.
/// </para>
/// <para>
/// Source: Li, Micciancio, Schultz and Sorrell, "Securing Approximate Homomorphic Encryption Using Differential Privacy", CRYPTO
/// 2022, ePrint 2022/816, Corollary 2. Its further factor sqrt(2n), which OpenFHE (CKKS_NOISE_FLOODING.md, footnote 1) calls
/// incorrect, makes a 2-norm of the bound of one value; here B is the 2-norm itself, as the divergence needs.
/// </para>
/// </remarks>
public readonly record struct NoiseFlooding(double CoefficientSigma, double ValueSigma)
{
    private const int StatisticalSecurity = 40;

    /// <summary>Computes the noise that hides a noise polynomial of at most the given 2-norm.</summary>
    /// <param name="noiseNorm">
    /// The a-priori bound B of the 2-norm of the noise of one ciphertext, in units of coefficients: for a bound of one coefficient, multiply
    /// by the square root of the number of coefficients.
    /// </param>
    /// <param name="valueNoisePerCoefficientNoise">Factor from the noise of a coefficient to the noise of a value.</param>
    public static NoiseFlooding For(double noiseNorm, double valueNoisePerCoefficientNoise)
    {
        double sigma = Math.Sqrt(12.0 * SecretKey.PlannedPublications * Math.ScaleB(1, StatisticalSecurity)) * noiseNorm;
        return new NoiseFlooding(sigma, sigma * valueNoisePerCoefficientNoise);
    }

    /// <summary>Adds fresh noise of <see cref="ValueSigma"/> to every value.</summary>
    /// <exception cref="InvalidOperationException">The noise is zero, as in the default of this type: it would hide nothing.</exception>
    public void AddTo(Span<double> values) => Add(values, ValueSigma, RandomSource.System);

    /// <summary>
    /// Computes the error of a published value before rounding, which it exceeds with probability at most 2^-80.
    /// </summary>
    /// <param name="bound">The bound of the vector, whose noise counts in the worst case.</param>
    public double ErrorOf(VectorBound bound) => bound.Rounding + bound.NoiseMax + (VectorBound.TailFactor * ValueSigma);

    /// <summary>Adds fresh noise of <see cref="CoefficientSigma"/> to every coefficient of a polynomial.</summary>
    internal void AddToCoefficients(Span<double> coefficients, EncryptionRandomSource random)
        => Add(coefficients, CoefficientSigma, random);

    // The noise depends on all values, so that a repeated random state never repeats noise over other values.
    private static void Add(Span<double> values, double sigma, EncryptionRandomSource random)
    {
        if (!(sigma > 0))
        {
            throw Throw.FloodingWithoutNoise();
        }

        using SecretStreams secrets = random.DrawSecret(UniversalHashKernel.BytesOf<double>(values), maxDegreeOfParallelism: 1);
        using SecretStream stream = secrets.Open();
        new SecretSampler(stream).AddGaussian(values, sigma);
    }
}
