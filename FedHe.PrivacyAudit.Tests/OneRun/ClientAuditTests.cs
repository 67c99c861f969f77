using FedHe.Learning.Randomness;
using FedHe.PrivacyAudit.Canaries;
using FedHe.PrivacyAudit.OneRun;

namespace FedHe.PrivacyAudit.Tests.OneRun;

/// <summary>Sums of clients' updates of a known noise, audited by clients.</summary>
public sealed class ClientAuditTests
{
    private const double Promised = 3.730631634816;

    [Fact]
    public void Audit_NoNoise_FindsALargeEpsilon() => Audit(0, seed: 1).EpsilonLowerBound.Should().BeGreaterThan(2.5);

    [Fact]
    public void Audit_PromisedNoise_DoesNotRefuteTheClaim()
    {
        foreach (int seed in Enumerable.Range(0, 6))
        {
            OneRunResult result = Audit(Promised, seed);
            result.Refutes(1).Should().BeFalse($"seed {seed}");
            result.Describe(1).Should().StartWith("Per client").And.Contain("does not prove it");
        }
    }

    [Fact]
    public void Audit_TenthOfThePromisedNoise_RefutesTheClaim() => Audit(Promised / 10, seed: 4).Refutes(1).Should().BeTrue();

    private static OneRunResult Audit(double multiplier, int seed)
    {
        const int Parameters = 4000;
        var canaries = new UpdateCanaries(count: 150, Parameters, norm: 2, seed: 9);
        var coins = CanaryCoins.Flip(canaries.Count, seed + 50);
        var random = new SeededRandom(seed);
        float[] released = [.. canaries.SumOf(coins).Select(value => (float)(value + (multiplier * canaries.Norm * random.NextGaussian())))];
        return OneRunAudit.Run(
            CanaryUnit.Client, coins, canaries.Score(released), [GuessPlan.Share(canaries.Count, 0.5)], delta: 1e-5, confidence: 0.95);
    }
}
