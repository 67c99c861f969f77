using FedHe.Crypto.Authoring;
using FedHe.Crypto.Bounds;
using FedHe.Crypto.Kernels.Sampling;
using FedHe.Crypto.Keys;

namespace FedHe.Crypto.Ckks;

/// <summary>
/// The a-priori error of every operation, in units of the encoded values. Symbols: N degree, D = 2^LogScale, sigma^2 =
/// 10.5 and |e| &lt;= 21 the error distribution, s and u ternary with variance 2/3, e an error polynomial.
/// </summary>
/// <remarks>
/// <para>
/// Noise of one coefficient: seeded encryption e; public-key encryption e*u + e0 + e1*s; rescaling r0 + r1*s with r
/// uniform in [-1/2, 1/2]. A coefficient of a product is a sum over N terms; given the fixed factor (the error in the
/// public key, or the secret) it is sub-Gaussian with the other factor's variance times the fixed factor's squared norm.
/// That norm is at most <see cref="NormSlack"/> times its mean, except with negligible probability.
/// </para>
/// <para>
/// A slot is a combination of N coefficients with weights cos(..): sigma grows by sqrt(N/2), the worst case by N. For
/// products the fixed factor enters through its value at the slot's root, |e(zeta)|^2, which is not concentrated:
/// 2^-80 of all roots exceed the mean <see cref="SlotNormSlack"/> times.
/// </para>
/// Source: Cheon et al., ASIACRYPT 2017, Lemmas 1 to 3, with worst-case constants of our own; crypto facts in
/// docs/parameters.md.
/// </remarks>
internal sealed class CkksErrorAnalysis(CkksParameters parameters)
{
    private const double Variance = NoiseKernel.BinomialMax / 2.0;
    private const double TernaryVariance = 2.0 / 3.0;
    private const double RoundingVariance = 1.0 / 12.0;

    // Squared norms of at least 1024 independent coordinates exceed 1.25 times their mean with negligible probability.
    private const double NormSlack = 1.25;

    // |e(zeta)|^2 over its mean is exponential in the tail: exp(-57) < 2^-81.
    private const double SlotNormSlack = 57;

    // Relative error of a transform in the 2-norm (see ComplexFft), plus the twist and the conversion to double.
    private const double UnitRoundoff = 1.0 / (1UL << 53);

    private readonly double _degree = parameters.Degree;
    private readonly double _inverseScale = Math.ScaleB(1, -parameters.LogScale);
    private readonly bool _slots = parameters.Packing == CkksPacking.Slots;

    /// <summary>Bound of 2^-80 on the noise of a coefficient of public-key encryption, in units of coefficients.</summary>
    public static double PublicKeyNoise(int degree)
        => VectorBound.TailFactor * Math.Sqrt(Variance + (NormSlack * 2 * degree * TernaryVariance * Variance));

    /// <summary>Bound of 2^-80 on the loss of low bits of c1, in units of coefficients.</summary>
    public static double SecondPolynomialLoss(int degree, int bits)
        => Math.ScaleB(VectorBound.TailFactor * Math.Sqrt(NormSlack * degree * TernaryVariance * RoundingVariance), bits);

    /// <summary>Bound of a fresh seeded vector: the noise of a coefficient is one error sample.</summary>
    public VectorBound Seeded(double maxAbs) => Fresh(maxAbs, NoiseKernel.BinomialMax, Variance, product: 0);

    /// <summary>Bound of a fresh public-key vector: e*u + e0 + e1*s.</summary>
    public VectorBound PublicKey(double maxAbs) => Fresh(
        maxAbs,
        NoiseKernel.BinomialMax * ((2 * _degree) + 1),
        Variance,
        product: 2 * _degree * TernaryVariance * Variance);

    /// <summary>Bound after a product with round(scalar*p)/p and a rescale by the prime p.</summary>
    public VectorBound AfterScalarProduct(VectorBound bound, double scalar, ulong prime)
    {
        // The integer factor differs from scalar*p by 1/2, and by the rounding of the product in double precision.
        double scalarError = 0.75 / prime;
        VectorBound scaled = bound.Scale(Math.Abs(scalar) + scalarError);
        VectorBound rescaling = Noise(
            max: 0.5 * (1 + _degree),
            independent: RoundingVariance,
            product: _degree * TernaryVariance * RoundingVariance);
        double magnitude = bound.MaxAbs * Math.Abs(scalar);
        VectorBound sum = (scaled with { MaxAbs = magnitude }).Add(rescaling);
        return (sum with { Rounding = sum.Rounding + (bound.MaxAbs * scalarError) }).RoundUp();
    }

    /// <summary>
    /// Noise of low bits left out on the wire: r0 + r1*s, with r uniform in a range of 2^t. The low bits of a ciphertext
    /// are as good as random, whatever the message.
    /// </summary>
    public VectorBound Dropping(DroppedBits dropped)
    {
        double first = dropped.C0 > 0 ? Math.ScaleB(1, dropped.C0) : 0;
        double second = dropped.C1 > 0 ? Math.ScaleB(1, dropped.C1) : 0;
        return Noise(
            max: 0.5 * (first + (_degree * second)),
            independent: RoundingVariance * first * first,
            product: _degree * TernaryVariance * RoundingVariance * second * second);
    }

    /// <summary>Bound on the noise of one coefficient, in units of coefficients, of a vector with the given bound.</summary>
    public double CoefficientNoise(VectorBound bound)
    {
        double noise = (bound.ErrorBound - bound.Rounding) / _inverseScale;
        return _slots ? noise / Math.Sqrt(_degree / 2) : noise;
    }

    /// <summary>How much the standard deviation of coefficient noise grows on its way to a value, in units of values.</summary>
    public double ValueNoisePerCoefficientNoise => (_slots ? Math.Sqrt(_degree / 2) : 1) * _inverseScale;

    /// <summary>The noise that hides what the decryption of a vector would reveal of the secret key.</summary>
    public NoiseFlooding Flooding(VectorBound bound) => NoiseFlooding.For(CoefficientNoise(bound), ValueNoisePerCoefficientNoise);

    private VectorBound Fresh(double maxAbs, double max, double independent, double product)
        => parameters.ExactIntegers is CkksExactIntegers exact
            ? new VectorBound(Math.Max(1, maxAbs), exact.Rounding, 0, 0).RoundUp()
            : (Noise(max, independent, product) with { MaxAbs = maxAbs, Rounding = EncodingError(maxAbs) }).RoundUp();

    /// <param name="max">Worst case of a coefficient.</param>
    /// <param name="independent">Variance of the part whose coefficients are independent.</param>
    /// <param name="product">Mean variance of the part that is a product of polynomials.</param>
    private VectorBound Noise(double max, double independent, double product)
    {
        double variance = independent + ((_slots ? SlotNormSlack : NormSlack) * product);
        double noiseMax = _slots ? _degree * max : max;
        double noiseVariance = _slots ? _degree / 2 * variance : variance;
        return new VectorBound(0, 0, noiseMax * _inverseScale, noiseVariance * _inverseScale * _inverseScale);
    }

    /// <summary>
    /// Rounding to integer coefficients, and, in proportion to the magnitude, the floating-point error of encoding and
    /// decoding. Proportional errors of a sum never exceed the sum of the proportional errors, so they can be counted
    /// when a vector is fresh.
    /// </summary>
    private double EncodingError(double maxAbs)
    {
        if (_slots)
        {
            double transform = 7 * UnitRoundoff * (parameters.LogDegree + 2);
            double proportional = (Math.Sqrt(_degree) + Math.Sqrt(_degree / 2)) * transform;
            return (0.5 * _degree * _inverseScale) + (proportional * maxAbs);
        }

        // One prime keeps coefficients below 2^49, exact in double precision; more primes do not.
        double conversion = parameters.Moduli.Length > 1 ? 4 * UnitRoundoff * maxAbs : 0;
        return (0.5 * _inverseScale) + conversion;
    }
}
