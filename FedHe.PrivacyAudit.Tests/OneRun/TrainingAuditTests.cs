using FedHe.Learning.Noise;
using FedHe.PrivacyAudit.OneRun;
using FedHe.PrivacyAudit.Tests.Support;

namespace FedHe.PrivacyAudit.Tests.OneRun;

/// <summary>Trainings of a known noise, audited by records.</summary>
public sealed class TrainingAuditTests
{
    private const int Steps = 4;

    // The Gaussian mechanism of epsilon 1 at delta 1e-5 needs 3.7306 times the sensitivity, and composes by the root of the steps.
    private static readonly double Promised = 3.730631634816 * Math.Sqrt(Steps);

    [Fact]
    public void Audit_NoNoise_FindsALargeEpsilonEitherWay()
    {
        var training = new AuditedTraining(NoGradientNoise.Instance, Steps, seed: 100);
        training.Audit(training.WhiteBox).EpsilonLowerBound.Should().BeGreaterThan(3);
        training.Audit(training.BlackBox).EpsilonLowerBound.Should().BeGreaterThan(3);
    }

    [Fact]
    public void Audit_PromisedNoise_RefutesTheClaimInNoneOfSeveralRuns()
    {
        foreach (int seed in Enumerable.Range(0, 6))
        {
            var training = new AuditedTraining(new RoundedGaussian(Promised, seed), Steps, seed * 10);
            foreach (double[] scores in new[] { training.WhiteBox, training.BlackBox })
            {
                OneRunResult result = training.Audit(scores, share: 0.5);
                result.Refutes(1).Should().BeFalse($"seed {seed}");
                result.EpsilonLowerBound.Should().BeLessThan(0.5, $"seed {seed}");
            }
        }
    }

    [Fact]
    public void Audit_TenthOfThePromisedNoise_RefutesTheClaim()
    {
        var training = new AuditedTraining(new RoundedGaussian(Promised / 10, seed: 1), Steps, seed: 300);
        OneRunResult result = training.Audit(training.WhiteBox, share: 0.5);
        result.Refutes(1).Should().BeTrue();
        result.EpsilonLowerBound.Should().BeGreaterThan(1);
        result.Describe(1).Should().Contain("Per record").And.Contain("refuted: the training protects less");
    }
}
