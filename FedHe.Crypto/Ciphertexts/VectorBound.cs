namespace FedHe.Crypto;

/// <summary>
/// Public a-priori bound on an encrypted vector, in units of its values. It is computed from parameters, weights and
/// declared magnitudes only, never from data or measured noise, so publishing it reveals nothing.
/// </summary>
/// <param name="MaxAbs">Bound on the magnitude of every exact value.</param>
/// <param name="Rounding">Deterministic part of the error: fixed-point and floating-point rounding.</param>
/// <param name="NoiseMax">Worst case of the random part of the error.</param>
/// <param name="NoiseSigma">Sub-Gaussian parameter of the random part: it exceeds z*sigma with probability at most 2*exp(-z^2/2).</param>
/// <remarks>
/// Sums of <em>distinct</em> encryptions add sigmas in quadrature and the rest linearly. Folding the same encryption in
/// twice breaks the quadrature (not <see cref="NoiseMax"/>): use a weight instead.
/// Source: the error-analysis classes of google/shell-encryption; crypto facts in docs/parameters.md.
/// </remarks>
public readonly record struct VectorBound(double MaxAbs, double Rounding, double NoiseMax, double NoiseSigma)
{
    // 2*exp(-z^2/2) = 2^-80 at z = sqrt(2*ln(2^81)).
    private const double TailFactor = 10.597;

    /// <summary>
    /// Bound on the error of every decrypted value. A single value exceeds it with probability at most 2^-80, and never
    /// where <see cref="NoiseMax"/> is the smaller bound.
    /// </summary>
    public double ErrorBound => Rounding + Math.Min(NoiseMax, TailFactor * NoiseSigma);

    /// <summary>Bound of the sum of two distinct encryptions.</summary>
    public VectorBound Add(VectorBound other) => new(
        MaxAbs + other.MaxAbs,
        Rounding + other.Rounding,
        NoiseMax + other.NoiseMax,
        Math.Sqrt((NoiseSigma * NoiseSigma) + (other.NoiseSigma * other.NoiseSigma)));

    /// <summary>Bound of an exact multiple.</summary>
    /// <param name="factor">The factor; its sign does not matter.</param>
    public VectorBound Scale(double factor)
    {
        double size = Math.Abs(factor);
        return new VectorBound(size * MaxAbs, size * Rounding, size * NoiseMax, size * NoiseSigma);
    }
}
