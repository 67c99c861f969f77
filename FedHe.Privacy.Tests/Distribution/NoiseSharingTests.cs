using FedHe.Privacy.Distribution;
using FedHe.Privacy.Errors;
using FedHe.Privacy.Releases;
using FedHe.Privacy.Tests.Support;

namespace FedHe.Privacy.Tests.Distribution;

/// <summary>The noise of sums: what is promised is in them, with dropouts and colluders, and nothing less is opened.</summary>
public sealed class NoiseSharingTests
{
    private const int Seed = 5;

    [Theory]
    [InlineData(NoiseKind.DiscreteGaussian, 10, 0, 0)]
    [InlineData(NoiseKind.DiscreteGaussian, 10, 3, 2)]
    [InlineData(NoiseKind.Skellam, 10, 3, 2)]
    [InlineData(NoiseKind.Skellam, 2, 0, 1)]
    public void Sum_OfAllHonestContributors_CarriesTheTargetVarianceInTheWorstCase(NoiseKind kind, int parties, int dropouts, int colluders)
    {
        const double Target = 2500;
        const int Length = 100_000;
        NoiseSharing sharing = NoiseSharing.Create(kind, Target, parties, dropouts, colluders);
        int honest = parties - dropouts - colluders;
        long[] sum = SumOf(sharing, honest, Length);
        double variance = sum.Average(value => (double)value * value);
        (variance / Target).Should().BeApproximately(1, 6 * Math.Sqrt(2.0 / Length), $"seed {Seed}");
        sharing.ProtectingVariance(parties - dropouts).Should().BeGreaterThanOrEqualTo(Target).And.BeLessThan(Target * 1.000001);
        sharing.Inflation.Should().BeApproximately((double)parties / honest, 1e-9);
        sum.Average().Should().BeApproximately(0, 6 * Math.Sqrt(Target / Length), $"seed {Seed}");
    }

    [Fact]
    public void Describe_OfMoreContributors_ChargesTheNoiseThatIsReallyThere()
    {
        NoiseSharing sharing = NoiseSharing.Create(NoiseKind.Skellam, 1e6, parties: 10, dropouts: 4, colluders: 1);
        var sensitivity = new GridSensitivity(30, 10);
        var few = (SkellamRelease)sharing.Describe(6, sensitivity, 1000);
        var all = (SkellamRelease)sharing.Describe(10, sensitivity, 1000);
        few.Variance.Should().BeApproximately(1e6, 1);
        all.Variance.Should().BeApproximately(9e6 / 5, 1);
        few.Distance.Should().BeApproximately(sharing.Sampler.StatisticalDistance * 1000 * 5, 1e-40).And.BePositive();
        var gaussian = (DistributedGaussianRelease)NoiseSharing.Create(NoiseKind.DiscreteGaussian, 1e6, 10, 4, 1).Describe(8, sensitivity, 1000);
        gaussian.Parties.Should().Be(7);
    }

    [Fact]
    public void Contributors_FewerThanPlanned_AreRefusedByName()
    {
        NoiseSharing sharing = NoiseSharing.Create(NoiseKind.Skellam, 1e6, parties: 10, dropouts: 3, colluders: 1);
        sharing.SmallestContributors.Should().Be(7);
        Refusal.Of(() => sharing.Describe(6, new GridSensitivity(1, 1), 1), PrivacyError.TooFewContributors);
        Refusal.Of(() => sharing.ProtectingVariance(6), PrivacyError.TooFewContributors);
        Refusal.Of(() => sharing.ProtectingVariance(11), PrivacyError.PartiesOutOfRange);
    }

    [Theory]
    [InlineData(0, 0, 0)]
    [InlineData(3, 2, 1)]
    [InlineData(3, -1, 0)]
    [InlineData(3, 0, -1)]
    [InlineData(3, int.MaxValue, 1)]
    public void Parties_OfWhomNobodyCounts_AreRefusedByName(int parties, int dropouts, int colluders)
        => Refusal.Of(() => NoiseSharing.Create(NoiseKind.Skellam, 100, parties, dropouts, colluders), PrivacyError.PartiesOutOfRange);

    [Fact]
    public void Shares_TooSmallForTheSampler_AreRefusedByName()
    {
        Refusal.Of(() => NoiseSharing.Create(NoiseKind.Skellam, 5, 10, 0, 0), PrivacyError.NoiseOutOfRange);
        Refusal.Of(() => NoiseSharing.Create(NoiseKind.Skellam, 0, 10, 0, 0), PrivacyError.NoiseOutOfRange);
    }

    private static long[] SumOf(NoiseSharing sharing, int parties, int length)
    {
        var sum = new long[length];
        for (int party = 0; party < parties; party++)
        {
            sharing.Sampler.AddSeeded(sum, TestSeed.Of(Seed + (1000 * party)));
        }

        return sum;
    }
}
