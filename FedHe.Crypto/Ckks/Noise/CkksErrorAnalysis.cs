using System.Numerics;
using FedHe.Crypto.Authoring;
using FedHe.Crypto.Bounds;

namespace FedHe.Crypto.Ckks.Noise;

/// <summary>An error analysis computes the error of every operation in advance, in units of the encoded values.</summary>
/// <param name="degree">Degree N of the ring.</param>
/// <param name="logScale">Binary logarithm of the scale D: a value x is encoded as x*D.</param>
/// <param name="primeCount">Number of primes of the modulus.</param>
/// <param name="inSlots">Whether values sit in slots of the canonical embedding; else each is a coefficient.</param>
/// <remarks>Source: Cheon, Kim, Kim and Song, ASIACRYPT 2017, section 3.4; crypto facts in docs/parameters.md.</remarks>
internal sealed class CkksErrorAnalysis(int degree, int logScale, int primeCount, bool inSlots)
{
    private const double UnitRoundoff = 1.0 / (1UL << 53);

    private readonly double _degree = degree;
    private readonly double _inverseScale = Math.ScaleB(1, -logScale);

    // A slot is a sum of N coefficients with weights cos(..), whose squares sum to N/2.
    private double SigmaGrowth => inSlots ? Math.Sqrt(_degree / 2) : 1;

    /// <summary>Computes the bound of a fresh vector under the secret key.</summary>
    public VectorBound Seeded(double maxAbs) => Fresh(maxAbs, CkksNoise.SecretKeyEncryption);

    /// <summary>Computes the bound of a fresh vector under the public key.</summary>
    public VectorBound PublicKey(double maxAbs) => Fresh(maxAbs, CkksNoise.PublicKeyEncryption(_degree));

    /// <summary>Computes the noise of low bits that the wire leaves out.</summary>
    public VectorBound Dropping(DroppedBits dropped) => NoiseOfValues(CkksNoise.Dropping(_degree, dropped));

    /// <summary>Computes the bound after a product with round(scalar*p)/p and a rescale by the prime p.</summary>
    public VectorBound AfterScalarProduct(VectorBound bound, double scalar, ulong prime)
    {
        // The integer factor differs from scalar*p by 1/2, and by the rounding of the product in double precision.
        double scalarError = 0.75 / prime;
        VectorBound scaled = bound.Scale(Math.Abs(scalar) + scalarError);
        VectorBound rescaling = NoiseOfValues(CkksNoise.Rescaling(_degree));
        double magnitude = bound.MaxAbs * Math.Abs(scalar);
        VectorBound sum = (scaled with { MaxAbs = magnitude }).Add(rescaling);
        return (sum with { Rounding = sum.Rounding + (bound.MaxAbs * scalarError) }).RoundUp();
    }

    /// <summary>Computes the noise that hides the noise of a vector in a published decryption.</summary>
    public NoiseFlooding Flooding(VectorBound bound) => NoiseFlooding.For(NoiseOfCoefficient(bound), SigmaGrowth * _inverseScale);

    /// <summary>
    /// Computes the largest noise of one coefficient, in units of coefficients, of a vector with the given bound.
    /// </summary>
    private double NoiseOfCoefficient(VectorBound bound) => (bound.ErrorBound - bound.Rounding) / _inverseScale / SigmaGrowth;

    private VectorBound Fresh(double maxAbs, CkksNoise noise)
        => (NoiseOfValues(noise) with { MaxAbs = maxAbs, Rounding = EncodingError(maxAbs) }).RoundUp();

    /// <summary>Converts noise of coefficients to noise of values.</summary>
    /// <remarks>In a slot the worst case grows N times: all weights may be 1 in magnitude.</remarks>
    private VectorBound NoiseOfValues(CkksNoise noise)
    {
        double max = inSlots ? _degree * noise.Max : noise.Max;
        double variance = inSlots ? _degree / 2 * noise.SlotVariance : noise.CoefficientVariance;
        return new VectorBound(
            MaxAbs: 0, Rounding: 0, NoiseMax: max * _inverseScale, NoiseVariance: variance * _inverseScale * _inverseScale);
    }

    /// <summary>
    /// Computes the error of encoding and decoding: coefficients are rounded to integers, and floating-point errors
    /// grow in proportion to the magnitude.
    /// </summary>
    /// <remarks>
    /// Proportional errors of a sum never exceed the sum of the proportional errors, so they count when a vector is fresh.
    /// </remarks>
    private double EncodingError(double maxAbs)
    {
        double rounding = 0.5 * (inSlots ? _degree : 1) * _inverseScale;
        return rounding + (FloatingPointError() * maxAbs);
    }

    /// <summary>Computes the floating-point error of encoding and decoding a value of magnitude 1.</summary>
    private double FloatingPointError()
    {
        if (inSlots)
        {
            // Relative error of one transform in the 2-norm (see ComplexFft), plus the twist and the conversion to double.
            double transform = 7 * UnitRoundoff * (BitOperations.Log2((uint)degree) + 2);
            return (Math.Sqrt(_degree) + Math.Sqrt(_degree / 2)) * transform;
        }

        // One prime keeps coefficients below 2^49, exact in double precision; more primes do not.
        return primeCount > 1 ? 4 * UnitRoundoff : 0;
    }
}
