using FedHe.MLBridge.Policies;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Privacy;

namespace FedHe.Hosting.Tests.Audit;

/// <summary>The audit log of a job charges every sum that clients opened or may have opened before the published one.</summary>
public sealed class PrivacyChargesTests
{
    // Of four clients one may be missing.
    private const int Least = 3;
    private const int MaxAttempts = 3;

    private static readonly PrivacyTerms Terms = PrivacyTerms.Create(
        ProtectedUnit.Client, 8, 1e-5, 1, NoiseMechanism.Skellam, 100, 0.5, ChargesBench.Clients, dropouts: 1, colluders: 1);

    /// <summary>A round from which nothing was published may have had all its attempts, and the published sum of another one those before its own.</summary>
    [Theory]
    [InlineData(false, false)]
    [InlineData(false, true)]
    [InlineData(true, true)]
    public void Attempts_BeforeAPublishedSum_AreAllCharged_WhereSomebodyMayHaveSeenThem(bool hasCommittee, bool isMasked)
    {
        using var bench = new ChargesBench(TermsOf(isMasked), MaxAttempts, hasCommittee);

        bench.Charge((1, 1, 4), (2, 3, 4), (4, 2, Least)).Should().Equal(
            new PrivacyCharge(1, 4, 1),
            new PrivacyCharge(2, Least, 2),
            new PrivacyCharge(2, 4, 1),
            new PrivacyCharge(3, Least, MaxAttempts),
            new PrivacyCharge(4, Least, 1),
            new PrivacyCharge(4, Least, 1));
    }

    /// <summary>Members answer for one list of a round, and without a mask an upload shows nothing.</summary>
    [Fact]
    public void Rounds_OfACommittee_AreChargedOnce()
    {
        using var bench = new ChargesBench(Terms, MaxAttempts, hasCommittee: true);

        bench.Charge((1, 1, 4), (2, 3, 4), (4, 2, Least)).Should().Equal(
            new PrivacyCharge(1, 4, 1), new PrivacyCharge(2, 4, 1), new PrivacyCharge(3, Least, 1), new PrivacyCharge(4, Least, 1));
    }

    /// <summary>Correlated noise is charged in sequences, and what is beside them as clients charge it.</summary>
    [Fact]
    public void Sums_OfCorrelatedNoise_AreSequencesAndWhatIsBesideThem()
    {
        PrivacyTerms terms = PrivacyTerms.ForGradients(8, 1e-5, 1, 10, NoiseMechanism.DiscreteGaussian, 100, ChargesBench.Clients, 1, 1)
            .WithCorrelation(CorrelationTerms.Create([16, -8], rounds: 6, separation: 3, participations: 2, attempts: 2));
        using var bench = new ChargesBench(terms, MaxAttempts);

        bench.Charge((1, 1, 4), (2, 2, 4), (3, 1, Least), (4, 1, 4)).Should().Equal(
            new PrivacyCharge(1, 4, 1) { IsSequence = true },
            new PrivacyCharge(2, Least, 1),
            new PrivacyCharge(3, Least, 1),
            new PrivacyCharge(4, 4, 1) { IsSequence = true });
    }

    private static PrivacyTerms TermsOf(bool isMasked) => Terms with { PublicMask = isMasked ? new PublicMaskTerms(MaskPolicy.Random(0.5, seed: 7)) : null };
}
