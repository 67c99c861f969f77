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
    /// <param name="bound">The bound of the vector.</param>
    /// <param name="seeded">
    /// The weights of the distinct seeds of the vector, which prove that as much of its noise is independent.
    /// </param>
    /// <remarks>
    /// <para>
    /// With E = c0 + c1*s - m the noise polynomial, the decryption without flooding is fl(m + E), where fl rounds to double
    /// precision. Flooding hides how it differs from fl(m), a vector of the 2-norm
    /// </para>
    /// <para>
    /// B = sqrt(10.5*sum of w^2)*(norm factor) + sqrt(N)*max(0, NoiseMax - 21*sum of w) + sqrt(N)*(rounding of fl).
    /// </para>
    /// <para>
    /// The first term is the error of the seeds w, distinct and so independent; it holds but for 2^-100. The second counts all other
    /// noise in the worst case, which no folding of one vector into itself exceeds. Neither uses the variance of the bound.
    /// </para>
    /// </remarks>
    public NoiseFlooding Flooding(VectorBound bound, SeededWeights seeded)
    {
        double worst = bound.NoiseMax / _inverseScale / (inSlots ? _degree : 1); // of a coefficient
        double proven = Math.Sqrt(CkksNoise.SecretKeyEncryption.Independent * seeded.SumOfSquares) * CkksNoise.NormFactor(_degree);
        double others = Math.Max(0, worst - (CkksNoise.SecretKeyEncryption.Max * seeded.Sum));
        double coefficient = ((bound.MaxAbs + bound.Rounding) / _inverseScale) + worst;
        double norm = proven + (Math.Sqrt(_degree) * (others + CompositionError(coefficient)));
        return NoiseFlooding.For(norm, SigmaGrowth * _inverseScale);
    }

    /// <summary>
    /// Computes by how much the rounding of two coefficients to double precision, when their residues are composed, adds to
    /// their difference.
    /// </summary>
    /// <remarks>One prime, and integers below 2^53, are exact; else each has a relative error below 2^-51 (RnsComposer).</remarks>
    private double CompositionError(double coefficient)
        => primeCount == 1 || coefficient < Math.ScaleB(1, 53) ? 0 : Math.ScaleB(coefficient, -50);

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
