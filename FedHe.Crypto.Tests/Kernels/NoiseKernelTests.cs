using FedHe.Crypto.Kernels.Sampling;
using FedHe.Crypto.Random;
using FedHe.Crypto.Tests.Random;

namespace FedHe.Crypto.Tests.Kernels;

public sealed class NoiseKernelTests
{
    private const int Count = 1 << 20;

    [Fact]
    public void CenteredBinomial_AllCoinsHeadsOrTails_ReachesTheExtremes()
    {
        // Of every 42 bits the first 21 count up and the others down.
        var coins = new byte[NoiseKernel.BinomialLength(16)];
        foreach (int bit in Enumerable.Range(0, 21).Concat(Enumerable.Range(63, 21)).Concat(Enumerable.Range(15 * 42, 21)))
        {
            coins[bit / 8] |= (byte)(1 << (bit % 8));
        }

        var samples = new sbyte[16];
        NoiseKernel.Default.CenteredBinomial(coins, samples);
        samples.Should().Equal([21, -21, .. new sbyte[13], 21]);
    }

    [Fact]
    public void CenteredBinomial_ManySamples_HasTheMomentsOfTheDistribution()
    {
        sbyte[] samples = Sample((sampler, destination) => sampler.Error(destination));
        double mean = samples.Average(x => (double)x);
        double variance = samples.Average(x => (double)x * x);
        double fourth = samples.Average(x => Math.Pow(x, 4));
        mean.Should().BeApproximately(0, 5 * Math.Sqrt(10.5 / Count));
        variance.Should().BeApproximately(10.5, 0.1);

        // 42 coins of +-1/2: the fourth moment is 3*variance^2 - 42/8.
        fourth.Should().BeApproximately((3 * 10.5 * 10.5) - 5.25, 8);
        samples.Should().OnlyContain(x => Math.Abs(x) <= NoiseKernel.BinomialMax);
    }

    [Fact]
    public void Ternary_ManySamples_IsUniform()
    {
        sbyte[] samples = Sample((sampler, destination) => sampler.Ternary(destination));
        double tolerance = 5 * Math.Sqrt(Count * (2.0 / 9));
        foreach (sbyte value in (sbyte[])[-1, 0, 1])
        {
            ((double)samples.Count(x => x == value)).Should().BeApproximately(Count / 3.0, tolerance);
        }
    }

    [Fact]
    public void Gaussian_ManySamples_HasTheRequestedDeviation()
    {
        var values = new double[Count + 1];
        new SecretSampler(new DeterministicRandomSource(3)).AddGaussian(values, standardDeviation: 1e6);
        values.Average().Should().BeApproximately(0, 5 * 1e6 / Math.Sqrt(Count));
        Math.Sqrt(values.Average(x => x * x)).Should().BeApproximately(1e6, 5e3);
        (values.Average(x => Math.Pow(x / 1e6, 4)) / 3).Should().BeApproximately(1, 0.03);
    }

    private delegate void Sampling(SecretSampler sampler, Span<sbyte> destination);

    private static sbyte[] Sample(Sampling sampling)
    {
        var samples = new sbyte[Count];
        sampling(new SecretSampler(new DeterministicRandomSource(2)), samples);
        return samples;
    }
}
