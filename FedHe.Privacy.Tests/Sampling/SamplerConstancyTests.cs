using FedHe.Privacy.Errors;
using FedHe.Privacy.Kernels;
using FedHe.Privacy.Sampling;
using FedHe.Privacy.Tests.Support;

namespace FedHe.Privacy.Tests.Sampling;

/// <summary>What does not depend on the values that are drawn, and what must differ.</summary>
public sealed class SamplerConstancyTests
{
    public static TheoryData<string, NoiseSampler> Samplers => new()
    {
        { "narrow Gaussian", DiscreteGaussianSampler.Create(2) },
        { "wide Gaussian", DiscreteGaussianSampler.Create(1e9) },
        { "narrow Skellam", SkellamSampler.Create(2) },
        { "wide Skellam", SkellamSampler.Create(1e9) },
        { "Laplace", DiscreteLaplaceSampler.Create(1000) },
    };

    [Theory]
    [MemberData(nameof(Samplers))]
    public void Sampler_WhateverItDraws_TakesTheSameWords(string name, NoiseSampler sampler)
    {
        var magnitudes = new HashSet<long>();
        for (int seed = 0; seed < 200; seed++)
        {
            using var words = new WordStream(TestSeed.Of(seed), 0);
            var sample = new long[1];
            sampler.AddFrom(words, sample);
            words.Drawn.Should().Be(sampler.WordsPerSample, name);
            magnitudes.Add(Math.Abs(sample[0]));
        }

        magnitudes.Count.Should().BeGreaterThan(3, "the values did differ");
    }

    [Theory]
    [MemberData(nameof(Samplers))]
    public void Sampler_DrawingAnew_AddsNoiseThatDiffers(string name, NoiseSampler sampler)
    {
        var first = new long[1000];
        var second = new long[1000];
        sampler.AddTo(first);
        sampler.AddTo(second);
        first.Should().NotEqual(second, name);
        first.Average(sample => (double)sample * sample).Should().BeInRange(sampler.Variance / 2, sampler.Variance * 2, name);
        sampler.Sample(first);
        first.Average(sample => (double)sample * sample).Should().BeInRange(sampler.Variance / 2, sampler.Variance * 2, "Sample overwrites");
    }

    [Fact]
    public void Sampler_OnSeveralThreads_DrawsTheSameAsOnOne()
    {
        NoiseSampler sampler = DiscreteGaussianSampler.Create(100);
        var one = new long[200_000];
        var several = new long[one.Length];
        sampler.AddSeeded(one, TestSeed.Of(1), maxDegreeOfParallelism: 1);
        sampler.AddSeeded(several, TestSeed.Of(1), maxDegreeOfParallelism: 4);
        several.Should().Equal(one);
        one.AsSpan(0, 1 << 16).SequenceEqual(one.AsSpan(1 << 16, 1 << 16)).Should().BeFalse("blocks have words of their own");
    }

    [Theory]
    [InlineData(0)]
    [InlineData(0.99)]
    [InlineData(-4)]
    [InlineData(1.1e12)]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    public void Samplers_OfAnImpossibleVariance_AreRefusedByName(double variance)
    {
        Refusal.Of(() => DiscreteGaussianSampler.Create(variance), PrivacyError.NoiseOutOfRange);
        Refusal.Of(() => SkellamSampler.Create(variance), PrivacyError.NoiseOutOfRange);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(0.3)]
    [InlineData(-1)]
    [InlineData(800_000)]
    [InlineData(double.NaN)]
    public void DiscreteLaplace_OfAnImpossibleScale_IsRefusedByName(double scale)
        => Refusal.Of(() => DiscreteLaplaceSampler.Create(scale), PrivacyError.NoiseOutOfRange);
}
