using FedHe.Crypto.Authoring;
using FedHe.Crypto.Bounds;
using FedHe.Crypto.Keys;

namespace FedHe.Crypto.Seal;

/// <summary>
/// An error analysis computes the error of every operation of SEAL in advance, in units of the encoded values.
/// </summary>
/// <remarks>
/// <para>
/// Symbols: N is the degree, D = 2^LogScale the scale, and P the special prime; s and u are ternary with variance 2/3,
/// e is an error polynomial, and r is a rounding, uniform in [-1/2, 1/2].
/// </para>
/// <para>
/// SEAL's errors are centered binomial of 21 coins a side (sigma 3.24, at most 21), or in some builds normal of
/// sigma 3.2 cut off at 19.2. Noise of one coefficient: seeded encryption e; public-key encryption (e*u + e0 +
/// e1*s)/P + r0 + r1*s, and with a single prime e*u + e0 + e1*s; rescaling r0 + r1*s.
/// </para>
/// <para>
/// A slot is a combination of N coefficients: sigma grows by sqrt(N/2), the worst case by N. For products the fixed
/// factor enters through its value at the slot's root, which is not concentrated: 2^-80 of all roots exceed the mean
/// <see cref="SlotNormSlack"/> times.
/// </para>
/// Source: Cheon et al., ASIACRYPT 2017, Lemmas 1 to 3, with worst-case constants as in the managed scheme.
/// </remarks>
internal sealed class SealErrorAnalysis(SealParameters parameters)
{
    // The wider one of the two distributions has 21 coins a side, each of variance 1/4.
    private const int ErrorMax = 21;
    private const double Variance = ErrorMax / 2.0;
    private const double TernaryVariance = 2.0 / 3.0;
    private const double RoundingVariance = 1.0 / 12.0;
    private const double UnitRoundoff = 1.0 / (1UL << 53);

    // |e(zeta)|^2 over its mean is exponential in the tail: exp(-57) < 2^-81.
    private const double SlotNormSlack = 57;

    private readonly double _degree = parameters.Degree;
    private readonly double _inverseScale = Math.ScaleB(1, -parameters.LogScale);

    /// <summary>Computes the bound of a fresh seeded vector.</summary>
    public VectorBound Seeded(double maxAbs) => Fresh(maxAbs, Noise(ErrorMax, Variance, product: 0));

    /// <summary>Computes the bound of a fresh vector under the public key.</summary>
    public VectorBound PublicKey(double maxAbs)
    {
        double max = ErrorMax * ((2 * _degree) + 1);
        double product = 2 * _degree * TernaryVariance * Variance;
        if (parameters.Encryption.CoeffModulus.Length == 1)
        {
            return Fresh(maxAbs, Noise(max, Variance, product));
        }

        double prime = parameters.Encryption.CoeffModulus[^1];
        VectorBound divided = Noise(max / prime, Variance / prime / prime, product / prime / prime);
        return Fresh(maxAbs, divided.Add(Rounding()));
    }

    /// <summary>Computes the bound after a product with round(scalar*p)/p and a rescale by the prime p.</summary>
    public VectorBound AfterScalarProduct(VectorBound bound, double scalar, ulong prime)
    {
        // The integer factor is rounded to nearest, after scalar*p was rounded in double precision, as was p itself.
        double scalarError = (0.5 / prime) + (4 * UnitRoundoff);
        VectorBound scaled = bound.Scale(Math.Abs(scalar) + scalarError);
        double magnitude = bound.MaxAbs * Math.Abs(scalar);
        VectorBound sum = (scaled with { MaxAbs = magnitude }).Add(Rounding());
        return (sum with { Rounding = sum.Rounding + (bound.MaxAbs * scalarError) }).RoundUp();
    }

    /// <summary>Computes the noise that hides the noise of the scheme in a published decryption.</summary>
    /// <remarks>
    /// <para>
    /// Slots are orthogonal combinations of coefficients, so independent normal noise on coefficients is independent
    /// normal noise on slots, and may be added there. With C the worst case of a coefficient, NoiseMax = N*C, and the 2-norm of N/2 slots is
    /// at most sqrt(N/2)*sqrt(N)*C = NoiseMax/sqrt(2). It is the worst case, because nothing proves that no vector was added twice.
    /// </para>
    /// <para>
    /// The floating-point errors of two decodings add to this difference: each has a 2-norm of at most sqrt(N/2) times the error of
    /// one value at the largest magnitude.
    /// </para>
    /// </remarks>
    public NoiseFlooding Flooding(VectorBound bound)
    {
        double norm = (bound.NoiseMax / Math.Sqrt(2)) + (2 * Math.Sqrt(_degree / 2) * FloatingPointError() * (bound.MaxAbs + bound.NoiseMax));
        return NoiseFlooding.For(norm, valueNoisePerCoefficientNoise: 1);
    }

    private VectorBound Fresh(double maxAbs, VectorBound noise)
        => (noise with { MaxAbs = maxAbs, Rounding = EncodingError(maxAbs) }).RoundUp();

    private VectorBound Rounding() => Noise(
        max: 0.5 * (1 + _degree), independent: RoundingVariance, product: _degree * TernaryVariance * RoundingVariance);

    /// <param name="max">Worst case of a coefficient.</param>
    /// <param name="independent">Variance of the part whose coefficients are independent.</param>
    /// <param name="product">Mean variance of the part that is a product of polynomials.</param>
    private VectorBound Noise(double max, double independent, double product)
    {
        double variance = independent + (SlotNormSlack * product);
        double slotVariance = _degree / 2 * variance;
        return new VectorBound(0, 0, _degree * max * _inverseScale, slotVariance * _inverseScale * _inverseScale);
    }

    /// <summary>
    /// Computes the error of encoding and decoding a value: rounding to integer coefficients, and the floating-point
    /// error of SEAL's transforms and conversions, in proportion to the magnitude.
    /// </summary>
    private double EncodingError(double maxAbs) => (0.5 * _degree * _inverseScale) + (FloatingPointError() * maxAbs);

    /// <summary>Computes the floating-point error of encoding and decoding a value of magnitude 1.</summary>
    private double FloatingPointError()
    {
        double transform = 7 * UnitRoundoff * (Math.Log2(_degree) + 2);
        return (Math.Sqrt(_degree) + Math.Sqrt(_degree / 2)) * transform;
    }
}
