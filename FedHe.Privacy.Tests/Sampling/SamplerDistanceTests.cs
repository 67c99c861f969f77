using FedHe.Privacy.Numerics;
using FedHe.Privacy.Sampling;

namespace FedHe.Privacy.Tests.Sampling;

/// <summary>
/// The distribution that a sampler draws, computed from the thresholds that it compares with, against the named one: exactly, so that the proofs in the
/// remarks are more than words.
/// </summary>
public sealed class SamplerDistanceTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(255)]
    [InlineData(257)]
    [InlineData(852.5)]
    [InlineData(4500)]
    public void DiscreteGaussian_OfItsTables_IsWithinTheStatedDistance(double variance)
        => Distance(DiscreteGaussianSampler.Create(variance), DiscreteGaussianLayers.Probabilities(FixedPoint.Of(variance)));

    [Theory]
    [InlineData(1)]
    [InlineData(1024)]
    [InlineData(1025)]
    [InlineData(3000)]
    public void Skellam_OfItsTables_IsWithinTheStatedDistance(double variance)
        => Distance(SkellamSampler.Create(variance), SkellamLayers.Probabilities(FixedPoint.Of(variance)));

    [Theory]
    [InlineData(0.8)]
    [InlineData(3)]
    public void DiscreteLaplace_OfItsTables_IsWithinTheStatedDistance(double scale)
    {
        DiscreteLaplaceSampler sampler = DiscreteLaplaceSampler.Create(scale);
        FixedPoint q = FixedPoint.Exp(-(FixedPoint.One / FixedPoint.Of(scale)));
        FixedPoint[] geometric = Convolve(sampler.Layers);
        FixedPoint distance = FixedPoint.Zero;
        FixedPoint expected = FixedPoint.One - q;
        for (int k = 0; k < geometric.Length; k++)
        {
            distance += FixedPoint.Abs(geometric[k] - expected);
            expected *= q;
        }

        (distance.ToDouble() / 2).Should().BeLessThan(sampler.StatisticalDistance);
        sampler.StatisticalDistance.Should().BeLessThan(Math.ScaleB(1, -64));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(1000)]
    [InlineData(NoiseSampler.LargestDeviation)]
    public void Samplers_OfAnyWidth_StateLessThanTheRequiredDistance(double deviation)
    {
        DiscreteGaussianSampler.Create(deviation * deviation).StatisticalDistance.Should().BeLessThan(Math.ScaleB(1, -80));
        SkellamSampler.Create(deviation * deviation).StatisticalDistance.Should().BeLessThan(Math.ScaleB(1, -80));
    }

    private static void Distance(NoiseSampler sampler, IReadOnlyList<FixedPoint> named)
    {
        FixedPoint[] drawn = Convolve(sampler.Layers);
        int middle = drawn.Length / 2;
        FixedPoint distance = FixedPoint.Zero;
        for (int k = 0; k < drawn.Length; k++)
        {
            int magnitude = Math.Abs(k - middle);
            distance += FixedPoint.Abs(drawn[k] - (magnitude < named.Count ? named[magnitude] : FixedPoint.Zero));
        }

        (distance.ToDouble() / 2).Should().BeLessThan(sampler.StatisticalDistance).And.BePositive();
    }

    /// <summary>Returns the probabilities of all sums, from the smallest one on.</summary>
    private static FixedPoint[] Convolve(IReadOnlyList<NoiseLayer> layers)
    {
        FixedPoint[] sum = [FixedPoint.One];
        foreach (NoiseLayer layer in layers)
        {
            FixedPoint[] magnitudes = Magnitudes(layer.Table);
            int last = magnitudes.Length - 1;
            int offset = layer.IsSigned ? last * (int)layer.Scale : 0;
            var next = new FixedPoint[sum.Length + offset + (last * (int)layer.Scale)];
            for (int k = layer.IsSigned ? -last : 0; k <= last; k++)
            {
                FixedPoint one = magnitudes[Math.Abs(k)];
                one = layer.IsSigned && k != 0 ? new FixedPoint(one.Scaled >> 1) : one;
                for (int i = 0; i < sum.Length; i++)
                {
                    next[i + offset + (k * (int)layer.Scale)] += one * sum[i];
                }
            }

            sum = next;
        }

        return sum;
    }

    private static FixedPoint[] Magnitudes(ThresholdTable table)
    {
        var magnitudes = new FixedPoint[table.Count + 1];
        FixedPoint below = FixedPoint.Zero;
        for (int j = 0; j < table.Count; j++)
        {
            ulong low = (ulong)table.Thresholds[(2 * j) + 1] ^ (1UL << 63);
            FixedPoint threshold = new((((System.Numerics.BigInteger)table.Thresholds[2 * j] << 64) + low) << (FixedPoint.FractionBits - 127));
            magnitudes[j] = threshold - below;
            below = threshold;
        }

        magnitudes[^1] = FixedPoint.One - below;
        return magnitudes;
    }
}
