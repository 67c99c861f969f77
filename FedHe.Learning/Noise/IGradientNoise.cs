namespace FedHe.Learning.Noise;

/// <summary>Gradient noise adds whole random numbers to a clipped sum.</summary>
/// <remarks>This library has no noise of its own but <see cref="NoGradientNoise"/>: floating-point noise is known to leak, and
/// integer samplers belong to a library that accounts for them.
/// Source: Mironov, "On Significance of the Least Significant Bits for Differential Privacy", CCS 2012.</remarks>
public interface IGradientNoise
{
    /// <summary>The standard deviation of the noise of one value divided by the clip norm, at least 0; it never changes. Where
    /// several parties each add a share of the noise, it describes this party's share alone.</summary>
    double NoiseMultiplier { get; }

    /// <summary>Adds independent noise to every value.</summary>
    /// <param name="sum">The sum in grid units; receives the sum with noise.</param>
    /// <param name="clipUnits">The clip norm in grid units, a power of two: the standard deviation is
    /// <see cref="NoiseMultiplier"/> times as many units.</param>
    /// <exception cref="ArgumentOutOfRangeException">The noise cannot be sampled on this grid.</exception>
    void AddTo(Span<long> sum, long clipUnits);
}
