using FedHe.Privacy.Numerics;
using FedHe.Privacy.Sampling;
using FedHe.Privacy.Tests.Support;

namespace FedHe.Privacy.Tests.Sampling;

/// <summary>Samples against exact probabilities: a million of them, ten million with eng/long samples.</summary>
public sealed class SamplerDistributionTests
{
    private const int Seed = 20261129;

    [Theory]
    [InlineData(1)]
    [InlineData(1.7)]
    [InlineData(15.9)]
    [InlineData(16.1)]
    [InlineData(40)]
    [InlineData(300)]
    public void DiscreteGaussian_Samples_FitTheProbabilities(double deviation)
    {
        double[] probabilities = [.. DiscreteGaussianLayers.Probabilities(FixedPoint.Of(deviation * deviation)).Select(one => one.ToDouble())];
        ChiSquare.ShouldFit(
            TestSeed.Draw(DiscreteGaussianSampler.Create(deviation * deviation), Seed, TestSeed.SampleCount), probabilities, $"seed {Seed}");
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3.3)]
    [InlineData(31.9)]
    [InlineData(33)]
    [InlineData(200)]
    public void Skellam_Samples_FitTheProbabilities(double deviation)
    {
        double[] probabilities = [.. SkellamLayers.Probabilities(FixedPoint.Of(deviation * deviation)).Select(one => one.ToDouble())];
        ChiSquare.ShouldFit(TestSeed.Draw(SkellamSampler.Create(deviation * deviation), Seed, TestSeed.SampleCount), probabilities, $"seed {Seed}");
    }

    [Theory]
    [InlineData(1)]
    [InlineData(5.5)]
    [InlineData(100)]
    public void DiscreteLaplace_Samples_FitTheProbabilities(double scale)
    {
        double q = Math.Exp(-1 / scale);
        double[] probabilities = [.. Enumerable.Range(0, 100 + (int)(40 * scale)).Select(k => (1 - q) / (1 + q) * Math.Pow(q, k))];
        ChiSquare.ShouldFit(TestSeed.Draw(DiscreteLaplaceSampler.Create(scale), Seed, TestSeed.SampleCount), probabilities, $"seed {Seed}");
    }

    [Theory]
    [InlineData(5_000)]
    [InlineData(NoiseSampler.LargestDeviation)]
    public void WideSamplers_Samples_FitTheNormalDistribution(double deviation)
    {
        double variance = deviation * deviation;
        ChiSquare.ShouldFitNormal(TestSeed.Draw(DiscreteGaussianSampler.Create(variance), Seed, TestSeed.SampleCount), deviation, $"seed {Seed}");
        ChiSquare.ShouldFitNormal(TestSeed.Draw(SkellamSampler.Create(variance), Seed, TestSeed.SampleCount), deviation, $"seed {Seed}");
    }

    [Fact]
    public void WideDiscreteLaplace_Samples_HaveTheVariance()
    {
        DiscreteLaplaceSampler sampler = DiscreteLaplaceSampler.Create(700_000);
        long[] samples = TestSeed.Draw(sampler, Seed, TestSeed.SampleCount);
        double variance = samples.Average(sample => (double)sample * sample);

        // The fourth moment of Laplace noise is 24 b^4, so the variance of squares is 5 times the squared variance.
        (variance / sampler.Variance).Should().BeApproximately(1, 6 * Math.Sqrt(5.0 / samples.Length), $"seed {Seed}");
    }

    [Fact]
    public void ChiSquare_OfAWrongDistribution_Fails()
    {
        double[] probabilities = [.. DiscreteGaussianLayers.Probabilities(FixedPoint.Of(16)).Select(one => one.ToDouble())];
        long[] samples = TestSeed.Draw(DiscreteGaussianSampler.Create(16.2), Seed, TestSeed.SampleCount);
        Action fit = () => ChiSquare.ShouldFit(samples, probabilities, "a variance that is off by a hundredth");
        fit.Should().Throw<Xunit.Sdk.XunitException>();
        Action nothing = () => ChiSquare.ShouldFit(new long[samples.Length], probabilities, "no noise at all");
        nothing.Should().Throw<Xunit.Sdk.XunitException>();
    }
}
