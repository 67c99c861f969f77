using FedHe.Crypto.Bounds;
using FedHe.Crypto.Kernels.Sampling;

namespace FedHe.Crypto.KeyAdditive.Parameters;

/// <summary>
/// The noise of key-additive encryption is the error of one upload, in units of coefficients: the sampled error and the
/// bits that the upload leaves out.
/// </summary>
/// <param name="DroppedBits">The number t of low bits that an upload leaves out.</param>
/// <remarks>
/// The sampled error is centered binomial with 42 coins: at most 21, of variance 10.5. An upload leaves out r in
/// [0, 2^t), which opening replaces by the mean (2^t - 1)/2. The difference is uniform, because ciphertexts are
/// indistinguishable from uniform ones, and has variance (4^t - 1)/12. Both are sums of independent coins of weights 1/2, 1,
/// 2, ..., hence sub-Gaussian with their standard deviations as parameters, so that a sum exceeds 10.6 standard deviations
/// with probability at most 2^-80. Since q is 1 modulo 2^12, the mean of r is off by at most 2^(t-1)/q for t up to 12.
/// </remarks>
internal readonly record struct KeyAdditiveNoise(int DroppedBits)
{
    // Encoding rounds to the nearest integer.
    public const double EncodingError = 0.5;

    // Decoding multiplies by the inverse of a scale, which rounds twice.
    public const double DecodingError = 1.0 / (1L << 51);

    private const double ErrorVariance = NoiseKernel.BinomialBits / 4.0;

    /// <summary>The largest magnitude of the noise of one upload: 21 + (2^t - 1)/2.</summary>
    public double Max => NoiseKernel.BinomialMax + ((Math.ScaleB(1, DroppedBits) - 1) / 2);

    /// <summary>The variance of the noise of one upload: 10.5 + (4^t - 1)/12.</summary>
    public double Variance => ErrorVariance + ((Math.ScaleB(1, 2 * DroppedBits) - 1) / 12);

    /// <summary>
    /// Bounds the magnitude of the noise and the encoding errors of a sum; one coefficient exceeds the bound with
    /// probability at most 2^-80.
    /// </summary>
    public double BoundOfSum(int contributors) => (contributors * EncodingError)
        + Math.Min(contributors * Max, VectorBound.TailFactor * Math.Sqrt(contributors * Variance));

    /// <summary>Computes the standard deviation of the error of a sum, with encoding errors taken as uniform.</summary>
    public double DeviationOfSum(int contributors) => Math.Sqrt(contributors * (Variance + (1.0 / 12)));
}
