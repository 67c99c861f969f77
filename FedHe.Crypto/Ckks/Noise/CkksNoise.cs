using FedHe.Crypto.Bounds;
using FedHe.Crypto.Kernels.Sampling;

namespace FedHe.Crypto.Ckks.Noise;

/// <summary>
/// A CKKS noise describes the noise that one operation leaves in each coefficient of a polynomial, in units of
/// coefficients.
/// </summary>
/// <param name="Max">Worst case over all randomness.</param>
/// <param name="Independent">Variance of the part whose coefficients are independent of each other.</param>
/// <param name="Product">Mean variance of the part that is a product of two random polynomials.</param>
/// <remarks>
/// Symbols: N is the degree; e, e0 and e1 are errors; s and u are ternary; r0 and r1 are roundings. Source: Cheon, Kim,
/// Kim and Song, ASIACRYPT 2017, Lemmas 1 and 2, with worst-case constants in place of the published ones.
/// </remarks>
internal readonly record struct CkksNoise(double Max, double Independent, double Product)
{
    // sigma^2 of an error: 42 coins of variance 1/4 each.
    private const double ErrorVariance = NoiseKernel.BinomialMax / 2.0;

    // Variance of a coefficient that is -1, 0 or 1 with equal probability.
    private const double TernaryVariance = 2.0 / 3.0;

    // Variance of a rounding, uniform in [-1/2, 1/2].
    private const double RoundingVariance = 1.0 / 12.0;

    // Squared norms of at least 1024 independent coordinates exceed 1.25 times their mean with negligible probability.
    private const double NormSlack = 1.25;

    // |e(zeta)|^2 over its mean, at a root zeta, has an exponential tail: exp(-57) < 2^-81.
    private const double SlotNormSlack = 57;

    // ln(2^100): a norm is exceeded with probability at most 2^-100, and with 2^-80 by any of 2^20 polynomials.
    private const double LogNormTail = 100 * 0.6931471805599453;

    /// <summary>The noise of secret-key encryption.</summary>
    /// <remarks>c0 + c1*s = (-(a*s) + e + m) + a*s = m + e.</remarks>
    public static CkksNoise SecretKeyEncryption => new(NoiseKernel.BinomialMax, ErrorVariance, Product: 0);

    /// <summary>
    /// The variance of a coefficient. A product counts with the squared norm of its fixed factor, which hardly exceeds
    /// its mean.
    /// </summary>
    public double CoefficientVariance => Independent + (NormSlack * Product);

    /// <summary>
    /// The variance of a coefficient as it counts in a slot. A product counts with the squared value of its fixed
    /// factor at the root of the slot, which may exceed its mean many times.
    /// </summary>
    public double SlotVariance => Independent + (SlotNormSlack * Product);

    /// <summary>The noise that a single coefficient exceeds with probability at most 2^-80.</summary>
    public double TailBound => VectorBound.TailFactor * Math.Sqrt(CoefficientVariance);

    /// <summary>
    /// Computes the factor from the standard deviation of N independent sub-Gaussian coefficients to a 2-norm that their
    /// polynomial exceeds with probability at most 2^-100.
    /// </summary>
    /// <remarks>
    /// Pr[|x|^2 > sigma^2*(N + 2*sqrt(N*t) + 2*t)] is at most exp(-t). Source: Hsu, Kakade and Zhang, "A tail inequality for
    /// quadratic forms of subgaussian random vectors", ECP 17 (2012), Theorem 2.1 with A = I.
    /// </remarks>
    public static double NormFactor(double degree)
        => Math.Sqrt(degree + (2 * Math.Sqrt(degree * LogNormTail)) + (2 * LogNormTail));

    /// <summary>Computes B_clean, the noise of public-key encryption.</summary>
    /// <remarks>
    /// c0 + c1*s = (b*u + e0 + m) + (a*u + e1)*s = m + e0 - e*u + e1*s, since b = -(a*s + e). Each product sums N terms of
    /// magnitude 21 or less. A key that several parties contribute to has the sums of their e and of their s.
    /// </remarks>
    public static CkksNoise PublicKeyEncryption(double degree, int contributors = 1) => new(
        Max: NoiseKernel.BinomialMax * ((2 * contributors * degree) + 1),
        Independent: ErrorVariance,
        Product: 2 * contributors * VarianceOfProduct(degree, TernaryVariance, ErrorVariance));

    /// <summary>Computes B_scale, the noise of rescaling.</summary>
    /// <remarks>Rounding c0/p and c1/p to integers adds r0 + r1*s.</remarks>
    public static CkksNoise Rescaling(double degree) => new(
        Max: 0.5 * (1 + degree),
        Independent: RoundingVariance,
        Product: VarianceOfProduct(degree, TernaryVariance, RoundingVariance));

    /// <summary>Computes the noise of low bits that the wire leaves out.</summary>
    /// <remarks>
    /// Leaving out t0 bits of c0 and t1 bits of c1 adds 2^t0*r0 + 2^t1*r1*s, and nothing where no bits are left out.
    /// The low bits of a ciphertext are as good as random, whatever the message.
    /// </remarks>
    public static CkksNoise Dropping(double degree, DroppedBits dropped)
    {
        double first = dropped.C0 > 0 ? Math.ScaleB(1, dropped.C0) : 0;
        double second = dropped.C1 > 0 ? Math.ScaleB(1, dropped.C1) : 0;
        return new CkksNoise(
            Max: 0.5 * (first + (degree * second)),
            Independent: RoundingVariance * first * first,
            Product: VarianceOfProduct(degree, TernaryVariance, RoundingVariance) * second * second);
    }

    /// <summary>
    /// Computes the mean variance of a coefficient of a product: N terms, each of the product of both variances.
    /// </summary>
    /// <remarks>
    /// Given one factor (the error in the public key, or the secret) the coefficient is sub-Gaussian: its parameter is the
    /// variance of the other factor times the squared norm of the given one, N times its variance in the mean.
    /// </remarks>
    private static double VarianceOfProduct(double degree, double variance, double otherVariance)
        => degree * variance * otherVariance;
}
