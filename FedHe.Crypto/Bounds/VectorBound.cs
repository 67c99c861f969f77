namespace FedHe.Crypto.Bounds;

/// <summary>
/// A vector bound limits the magnitude and the error of every value of an encrypted vector, in units of values. It is
/// public, and computed in advance from parameters, weights and declared magnitudes, never from data or measured noise.
/// </summary>
/// <param name="MaxAbs">Bound on the magnitude of every exact value.</param>
/// <param name="Rounding">Deterministic part of the error: fixed-point and floating-point rounding.</param>
/// <param name="NoiseMax">Worst case of the random part of the error.</param>
/// <param name="NoiseVariance">Square of <see cref="NoiseSigma"/>.</param>
/// <remarks>
/// <para>
/// Sums of <em>distinct</em> encryptions add the variances and the rest, all linearly (<see cref="Add"/>). Where a sum is seen to
/// hold an encryption twice, the deviations are added instead (<see cref="AddDependent"/>). A sum in full form that came over the wire does
/// not show its parts: add no vector to it that it holds. <see cref="NoiseMax"/> is right in any case.
/// </para>
/// <para>
/// Schemes round the bounds they make up to few significant bits (<see cref="RoundUp"/>), so that multiples and sums are
/// exact in double precision and do not depend on the order of arrival while the weights of equal bounds sum to less
/// than 2^29 and their squares to less than 2^41.
/// </para>
/// Source: the error-analysis classes of google/shell-encryption; crypto facts in docs/parameters.md.
/// </remarks>
public readonly record struct VectorBound(double MaxAbs, double Rounding, double NoiseMax, double NoiseVariance)
{
    // 2*exp(-z^2/2) = 2^-80 at z = sqrt(2*ln(2^81)).
    internal const double TailFactor = 10.597;

    // Single precision, so that the bound holds for values that were clipped in single precision too.
    private const int SignificantBits = 24;
    private const int SignificantBitsOfVariance = 12;

    /// <summary>
    /// The sub-Gaussian parameter sigma of the random error, which exceeds z*sigma with probability at most
    /// 2*exp(-z^2/2).
    /// </summary>
    public double NoiseSigma => Math.Sqrt(NoiseVariance);

    /// <summary>
    /// The bound on the error of a decrypted value, which a single value exceeds with probability at most 2^-80. The
    /// bound is certain where <see cref="NoiseMax"/> is the smaller figure of the noise.
    /// </summary>
    public double ErrorBound => Rounding + Math.Min(NoiseMax, TailFactor * NoiseSigma);

    /// <summary>Computes the bound of the sum of two distinct encryptions.</summary>
    public VectorBound Add(VectorBound other) => new(
        MaxAbs + other.MaxAbs,
        Rounding + other.Rounding,
        NoiseMax + other.NoiseMax,
        NoiseVariance + other.NoiseVariance);

    /// <summary>Computes the bound of the sum of two vectors whose noise may be the same, or correlated in any way.</summary>
    /// <remarks>
    /// The deviation of a sum is at most the sum of the deviations: (a + b)^2 = a^2 + b^2 + 2*a*b. For a sub-Gaussian pair this
    /// holds by the inequality of Hölder.
    /// </remarks>
    public VectorBound AddDependent(VectorBound other) => Add(other) with
    {
        NoiseVariance = NoiseVariance + other.NoiseVariance + (2 * Math.Sqrt(NoiseVariance * other.NoiseVariance)),
    };

    /// <summary>Computes the bound of an exact multiple.</summary>
    /// <param name="factor">The factor; its sign does not matter.</param>
    public VectorBound Scale(double factor)
    {
        double size = Math.Abs(factor);
        return new VectorBound(size * MaxAbs, size * Rounding, size * NoiseMax, size * size * NoiseVariance);
    }

    /// <summary>
    /// Rounds every figure up to 24 significant bits, as schemes do with every bound that they make (see the remarks of
    /// the type).
    /// </summary>
    public VectorBound RoundUp() => new(
        Ceiling(MaxAbs, SignificantBits),
        Ceiling(Rounding, SignificantBits),
        Ceiling(NoiseMax, SignificantBits),
        Ceiling(NoiseVariance, SignificantBitsOfVariance));

    private static double Ceiling(double value, int significantBits)
    {
        if (value == 0)
        {
            return 0;
        }

        int logUnit = Math.ILogB(value) - significantBits + 1;
        return Math.ScaleB(Math.Ceiling(Math.ScaleB(value, -logUnit)), logUnit);
    }
}
