using FedHe.Privacy.Errors;
using FedHe.Privacy.Kernels;
using FedHe.Privacy.Numerics;

namespace FedHe.Privacy.Sampling;

/// <summary>A discrete Laplace sampler draws the integer k with a probability proportional to exp(-|k| / b).</summary>
/// <remarks>
/// With q = exp(-1/b), k is 0 with probability (1 - q) / (1 + q). Otherwise its sign is uniform and |k| - 1 is geometric, so that the
/// bits of |k| - 1 are independent: bit i is 1 with probability q^(2^i) / (1 + q^(2^i)). Bits beyond the last one that is drawn have
/// a probability below 2^-100. Source of the mechanism: Ghosh, Roughgarden and Sundararajan, "Universally Utility-Maximizing
/// Privacy Mechanisms", STOC 2009.
/// </remarks>
public sealed class DiscreteLaplaceSampler : NoiseSampler
{
    private const double LogOmittedBits = 100;

    private readonly ThresholdTable _nonZero;

    private DiscreteLaplaceSampler(double scale, double variance, ThresholdTable nonZero, IReadOnlyList<NoiseLayer> bits)
        : base(variance, bits, Math.ScaleB(1, -(int)LogOmittedBits) + Math.ScaleB(bits.Count + 1, -126))
    {
        Scale = scale;
        _nonZero = nonZero;
    }

    /// <summary>The scale b of the distribution, in units of the grid.</summary>
    public double Scale { get; }

    /// <summary>Makes a sampler; its tables are computed once.</summary>
    /// <param name="scale">The scale b, in units of the grid. The standard deviation, about 1.41 b, must lie between 1 and 2^20.</param>
    /// <returns>The sampler.</returns>
    /// <exception cref="PrivacyException">The scale is out of range.</exception>
    public static DiscreteLaplaceSampler Create(double scale)
    {
        double halfSinh = 2 * Math.Sinh(1 / (2 * scale));
        double variance = 2 / (halfSinh * halfSinh);
        RequireDeviation(scale > 0 ? Math.Sqrt(variance) : double.NaN);

        FixedPoint q = FixedPoint.Exp(-(FixedPoint.One / FixedPoint.Of(scale)));
        int count = Math.Max(1, (int)Math.Ceiling(Math.Log2(LogOmittedBits * Math.Log(2) * scale)));
        var bits = new NoiseLayer[count];
        FixedPoint power = q;
        for (int i = 0; i < count; i++)
        {
            bits[i] = new NoiseLayer(ThresholdTable.OfBit(FixedPoint.One / (FixedPoint.One + power)), 1L << i, IsSigned: false);
            power *= power;
        }

        var nonZero = ThresholdTable.OfBit((FixedPoint.One - q) / (FixedPoint.One + q));
        return new DiscreteLaplaceSampler(scale, variance, nonZero, bits);
    }

    /// <inheritdoc/>
    internal override int WordsPerSample => Layers.Count + 2;

    /// <inheritdoc/>
    private protected override void Draw(WordStream words, Span<ulong> high, ReadOnlySpan<ulong> low, Span<long> samples)
    {
        base.Draw(words, high, low, samples);
        words.Fill(high);
        ReadOnlySpan<long> threshold = _nonZero.Thresholds;
        for (int i = 0; i < samples.Length; i++)
        {
            // The word's upper 63 bits and the low word decide on zero, its lowest bit on the sign.
            long number = (long)(high[i] >> 1);
            long sign = -(long)(high[i] & 1);
            long keep = ~(Below(number, threshold[0]) | (~(Below(number, threshold[0]) | Below(threshold[0], number)) & Below((long)low[i], threshold[1])));
            samples[i] = (((samples[i] + 1) & keep) ^ sign) - sign;
        }
    }

    /// <summary>Returns -1 where the left number is below the right one and 0 elsewhere, without a branch.</summary>
    private static long Below(long left, long right)
        => ((left & ~right) | (~(left ^ right) & unchecked(left - right))) >> 63;
}
