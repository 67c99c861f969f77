using FedHe.Privacy.Clipping;
using FedHe.Privacy.Distribution;
using FedHe.Privacy.Errors;
using FedHe.Privacy.Releases;
using FedHe.Privacy.Tests.Support;

namespace FedHe.Privacy.Tests.Clipping;

/// <summary>Clipped vectors keep their bound, whole or by layers, and adaptive bounds follow noisy bits.</summary>
public sealed class ClipTests
{
    private const int Seed = 11;

    [Theory]
    [InlineData(1, 1e-300)]
    [InlineData(1000, 1)]
    [InlineData(1000, 1e300)]
    public void TwoNorm_OfALongVector_KeepsTheBoundAndItsDirection(int length, double size)
    {
        double[] values = Values(length, size);
        double[] original = [.. values];
        double bound = Norms.Two(values) / 3;
        double factor = Clip.TwoNorm(values, bound);
        factor.Should().BeApproximately(1.0 / 3, 1e-6);
        Norms.Two(values).Should().BeLessThanOrEqualTo(bound).And.BeGreaterThan(bound * 0.999999);
        (values[0] / original[0]).Should().BeApproximately(factor, 1e-9);
    }

    [Fact]
    public void Bounds_OfLayers_CannotBeChanged()
    {
        IReadOnlyList<double> bounds = LayerClip.Create([2], [1]).Bounds;
        bounds.Should().NotBeOfType<double[]>();
        bounds.Invoking(one => ((IList<double>)one)[0] = 100).Should().Throw<NotSupportedException>();
    }

    [Fact]
    public void TwoNorm_WhoseFactorIsSubnormal_KeepsTheBound()
    {
        const double Bound = 1e-12;
        for (int i = 1; i <= 20; i++)
        {
            double[] values = [i * 1e306, 5e306, -3e306];
            Clip.TwoNorm(values, Bound);
            Norms.Two(values).Should().BeLessThanOrEqualTo(Bound).And.BeGreaterThan(Bound * 0.999999);
            double[] again = [i * 1e306, 5e306, -3e306];
            Clip.OneNorm(again, Bound);
            Norms.One(again).Should().BeLessThanOrEqualTo(Bound).And.BeGreaterThan(Bound * 0.999999);
        }
    }

    [Fact]
    public void OneNorm_OfALongVector_KeepsTheBound()
    {
        double[] values = Values(1000, 1);
        Clip.OneNorm(values, 2);
        Norms.One(values).Should().BeLessThanOrEqualTo(2).And.BeGreaterThan(1.99999);
    }

    [Fact]
    public void Clip_OfAShortVector_LeavesItAsItIs()
    {
        double[] values = [3, -4];
        Clip.TwoNorm(values, 5.001).Should().Be(1);
        values.Should().Equal(3, -4);
        Clip.TwoNorm([], 1).Should().Be(1);
        Clip.TwoNorm(new double[3], 1).Should().Be(1);
    }

    [Theory]
    [InlineData(0, 1.0, PrivacyError.ClipOutOfRange)]
    [InlineData(-1, 1.0, PrivacyError.ClipOutOfRange)]
    [InlineData(double.Epsilon, 1.0, PrivacyError.ClipOutOfRange)]
    [InlineData(1e-308, 1.0, PrivacyError.ClipOutOfRange)]
    [InlineData(double.NaN, 1.0, PrivacyError.ClipOutOfRange)]
    [InlineData(double.PositiveInfinity, 1.0, PrivacyError.ClipOutOfRange)]
    [InlineData(1, double.NaN, PrivacyError.NotFinite)]
    [InlineData(1, double.NegativeInfinity, PrivacyError.NotFinite)]
    public void Clip_OfImpossibleNumbers_IsRefusedByName(double bound, double value, PrivacyError error)
    {
        Refusal.Of(() => Clip.TwoNorm([1, value, 2], bound), error);
        Refusal.Of(() => Clip.OneNorm([1, value, 2], bound), error);
    }

    [Fact]
    public void Layers_WithBounds_KeepThemTogetherToo()
    {
        LayerClip even = LayerClip.Even([10, 1000, 1], 3);
        double[] values = Values(1011, 100);
        even.Apply(values);
        Norms.Two(values.AsSpan(0, 10)).Should().BeLessThanOrEqualTo(even.Bounds[0]);
        Norms.Two(values.AsSpan(10, 1000)).Should().BeLessThanOrEqualTo(even.Bounds[1]);
        Norms.Two(values).Should().BeLessThanOrEqualTo(3).And.BeGreaterThan(2.9999);
        even.TotalBound.Should().BeLessThanOrEqualTo(3);
        LayerClip.Create([1, 1], [3, 4]).TotalBound.Should().Be(5);
    }

    [Fact]
    public void Layers_ThatDoNotFit_AreRefusedByName()
    {
        Refusal.Of(() => LayerClip.Create([], []), PrivacyError.WrongLength);
        Refusal.Of(() => LayerClip.Create([1], [1, 2]), PrivacyError.WrongLength);
        Refusal.Of(() => LayerClip.Create([0], [1]), PrivacyError.WrongLength);
        Refusal.Of(() => LayerClip.Create([1], [0]), PrivacyError.ClipOutOfRange);
        Refusal.Of(() => LayerClip.Even([1], double.NaN), PrivacyError.ClipOutOfRange);
        Refusal.Of(() => LayerClip.Even([2], 1).Apply(new double[3]), PrivacyError.WrongLength);
        Refusal.Of(() => LayerClip.Even([1, 1], 1).Apply([1, double.NaN]), PrivacyError.NotFinite);
    }

    [Fact]
    public void AdaptiveBound_OverManyRounds_FollowsTheQuantileAndPaysForIt()
    {
        NoiseSharing sharing = NoiseSharing.Create(NoiseKind.Skellam, 25, parties: 20, dropouts: 0, colluders: 0);
        AdaptiveClip clip = AdaptiveClip.Create(0.01, quantile: 0.5, rate: 0.2, sharing);
        for (int round = 0; round < 150; round++)
        {
            long sum = Enumerable.Range(1, 20).Sum(client => clip.Contribute(client));
            clip.Follow(sum, 20);
        }

        clip.Bound.Should().BeInRange(4, 30, "half of the norms 1 to 20 keep a bound near 10");
        var release = (SkellamRelease)clip.Describe(20);
        release.Sensitivity.Should().Be(new GridSensitivity(1, 1));
        release.Variance.Should().BeApproximately(25, 1e-6);
        release.RenyiDivergence(2).Should().BePositive();
    }

    [Theory]
    [InlineData(NoiseKind.Skellam)]
    [InlineData(NoiseKind.DiscreteGaussian)]
    public void Bit_OfAClient_HasItsShareOfTheNoise(NoiseKind kind)
    {
        const int Count = 20_000;
        NoiseSharing sharing = NoiseSharing.Create(kind, 450, parties: 20, dropouts: 1, colluders: 1);
        AdaptiveClip clip = AdaptiveClip.Create(1, quantile: 0.5, rate: 0.2, sharing);

        // Norms in and out of the bound: what is left of a contribution without its bit is noise.
        long[] noise = [.. Enumerable.Range(0, Count).Select(i => i % 2 == 0 ? clip.Contribute(0.5) - 1 : clip.Contribute(2) + 1)];

        double variance = noise.Average(value => (double)value * value);
        (variance / sharing.ShareVariance).Should().BeApproximately(1, 6 * Math.Sqrt(2.0 / Count), "six deviations are a chance below 1 in 10^8");
        noise.Average().Should().BeApproximately(0, 6 * Math.Sqrt(sharing.ShareVariance / Count));
    }

    [Fact]
    public void AdaptiveBound_OfImpossibleNumbers_IsRefusedByName()
    {
        NoiseSharing sharing = NoiseSharing.Create(NoiseKind.Skellam, 25, 4, 1, 0);
        Refusal.Of(() => AdaptiveClip.Create(0, 0.5, 0.2, sharing), PrivacyError.ClipOutOfRange);
        Refusal.Of(() => AdaptiveClip.Create(1, 1, 0.2, sharing), PrivacyError.ProbabilityOutOfRange);
        Refusal.Of(() => AdaptiveClip.Create(1, 0.5, 0, sharing), PrivacyError.NoiseOutOfRange);
        Refusal.Of(() => AdaptiveClip.Create(1, 0.5, 16.1, sharing), PrivacyError.NoiseOutOfRange);
        AdaptiveClip clip = AdaptiveClip.Create(1, 0.5, 0.2, sharing);
        Refusal.Of(() => clip.Contribute(double.NaN), PrivacyError.NotFinite);
        Refusal.Of(() => clip.Follow(1, 2), PrivacyError.TooFewContributors);
    }

    private static double[] Values(int length, double size)
    {
        var random = new Random(Seed);
        return [.. Enumerable.Range(0, length).Select(_ => size * (random.NextDouble() - 0.5))];
    }
}
