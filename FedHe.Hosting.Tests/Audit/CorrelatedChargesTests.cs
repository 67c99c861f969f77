using FedHe.Crypto.Plain;
using FedHe.Hosting.AspNetCore.Audit;
using FedHe.MLBridge.Identities;
using FedHe.MLBridge.Layout;
using FedHe.MLBridge.Updates;
using FedHe.Orchestration.Identities;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Keys;
using FedHe.Orchestration.Privacy;
using FedHe.Orchestration.Server;

namespace FedHe.Hosting.Tests.Audit;

/// <summary>The audit log of a job with correlated noise charges sequences and the sums beside them, as clients do.</summary>
public sealed class CorrelatedChargesTests
{
    [Fact]
    public void Charges_OfSums_AreSequencesAndWhatIsBesideThem()
    {
        var provider = new Recorder();
        ClientIdentity[] identities = [.. Enumerable.Range(1, 4).Select(i => ClientIdentity.Create(new ClientId($"c{i}")))];
        using var server = ServerIdentity.Create();
        ClientRoster roster = ClientRoster.Of(identities);
        var layout = new ModelLayout(new TensorSpec("w", ElementType.Float64, [2], bound: 1));
        ModelParameters initial = ModelParameters.CreateBuilder(layout).Set<double>("w", [0, 0]).Build();
        var jobId = Guid.NewGuid();
        using var authority = new KeyAuthority(jobId, new InsecurePlainScheme().CreateContext(InsecurePlainParameters.Default), roster, new RosterAuthenticator());
        PrivacyTerms terms = PrivacyTerms.ForGradients(8, 1e-5, 1, 10, NoiseMechanism.DiscreteGaussian, 100, 4, 1, 1)
            .WithCorrelation(CorrelationTerms.Create([16, -8], rounds: 6, separation: 3, participations: 2, attempts: 2));
        var job = new FederationJob(
            jobId, authority.Info, server.VerificationKey, roster, new AggregationTerms(layout, Weighting.Clear, maxWeight: 1), FederationJob.DigestOf(initial),
            new FederationSettings { Rounds = 6, ClientsPerRound = 4, Quorum = 3, MinimumContributors = 3 },
            update: new UpdateTerms(UpdateKind.Difference, new IntegerTerms(1, 1 << 20), terms));
        PrivacyCharges charges = PrivacyCharges.Of(job, provider, [])!;

        PublishedSum Sum(int round, int attempt, int contributors)
            => new(round, attempt, default, null, [.. identities.Take(contributors).Select(identity => identity.Client)], Length: 1);
        charges.Charge(Sum(1, 1, 4));
        charges.Charge(Sum(2, 2, 4));
        charges.Charge(Sum(3, 1, 3));
        charges.Charge(Sum(4, 1, 4));

        provider.Charges.Should().Equal(
            new PrivacyCharge(1, 4, 1) { IsSequence = true }, new PrivacyCharge(2, 3, 1), new PrivacyCharge(3, 3, 1), new PrivacyCharge(4, 4, 1) { IsSequence = true });
        charges.Spent.Should().Be(4);
    }

    private sealed class Recorder : IPrivacyProvider, IPrivacyMechanism
    {
        public IReadOnlyList<PrivacyCharge> Charges { get; private set; } = [];

        public IPrivacyMechanism Create(FederationJob job) => this;

        public double EpsilonOf(IReadOnlyList<PrivacyCharge> charges)
        {
            Charges = [.. charges];
            return charges.Count;
        }
    }
}
