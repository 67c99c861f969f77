using FedHe.Crypto.Plain;
using FedHe.Hosting.AspNetCore.Audit;
using FedHe.MLBridge.Identities;
using FedHe.MLBridge.Layout;
using FedHe.MLBridge.Selection;
using FedHe.MLBridge.Updates;
using FedHe.Orchestration.Audit;
using FedHe.Orchestration.Identities;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Keys;
using FedHe.Orchestration.Privacy;
using FedHe.Orchestration.Server;

namespace FedHe.Hosting.Tests.Audit;

/// <summary>A job of four clients with privacy terms, and the charges that the audit log of its server makes of published sums.</summary>
internal sealed class ChargesBench : IDisposable
{
    public const int Clients = 4;

    private readonly ClientIdentity[] _identities = [.. Enumerable.Range(1, Clients).Select(i => ClientIdentity.Create(new ClientId($"c{i}")))];
    private readonly ServerIdentity _server = ServerIdentity.Create();
    private readonly Recorder _recorder = new();

    /// <summary>Describes the job.</summary>
    /// <param name="terms">The privacy terms.</param>
    /// <param name="attempts">The largest number of attempts at a round.</param>
    /// <param name="hasCommittee">Whether the clients are a committee.</param>
    public ChargesBench(PrivacyTerms terms, int attempts = 3, bool hasCommittee = false)
    {
        ClientRoster roster = ClientRoster.Of(_identities);
        EncryptionMask mask = terms.PublicMask?.MaskOf(Layout) ?? EncryptionMask.All(Layout);
        var aggregation = new AggregationTerms(Layout, mask, Weighting.Clear, maxWeight: 1);
        var settings = new FederationSettings { Rounds = 6, ClientsPerRound = Clients, Quorum = 3, MinimumContributors = 3, MaxAttempts = attempts };
        var update = new UpdateTerms(UpdateKind.Difference, new IntegerTerms(1, 1 << 20), terms);
        var jobId = Guid.NewGuid();
        ModelParameters initial = ModelParameters.CreateBuilder(Layout).Set<double>("w", new double[Layout.ParameterCount]).Build();
        using GroupKeyAuthority? group = hasCommittee
            ? new GroupKeyAuthority(jobId, FederationJob.PlanRoundKeys(settings, aggregation, update), roster, new RosterAuthenticator())
            : null;
        using KeyAuthority? single = hasCommittee
            ? null
            : new KeyAuthority(jobId, new InsecurePlainScheme().CreateContext(InsecurePlainParameters.Default), roster, new RosterAuthenticator());
        Job = new FederationJob(
            jobId, group?.Info ?? single!.Info, _server.VerificationKey, roster, aggregation, FederationJob.DigestOf(initial), settings,
            committee: hasCommittee ? CommitteeTerms.OfAll(roster) : null, update: update);
    }

    public static ModelLayout Layout { get; } = new(new TensorSpec("w", ElementType.Float64, [4], bound: 1));

    public FederationJob Job { get; }

    /// <summary>What the provider was asked to account for last.</summary>
    public IReadOnlyList<PrivacyCharge> Charges => _recorder.Charges;

    /// <summary>Charges sums one after the other, and then reads the log that they left, which must say the same.</summary>
    /// <returns>The charges.</returns>
    public PrivacyCharge[] Charge(params (int Round, int Attempt, int Contributors)[] sums)
    {
        var charges = PrivacyCharges.Of(Job, _recorder, [])!;
        var chain = new AuditChain(Job, _server, head: null);
        var log = new List<byte>();
        foreach ((int round, int attempt, int contributors) in sums)
        {
            var sum = new PublishedSum(round, attempt, default, null, [.. _identities.Take(contributors).Select(identity => identity.Client)], Length: 1);
            charges.Charge(sum);
            log.AddRange(chain.Append(DateTimeOffset.UnixEpoch, AuditKind.PrivacyCharged, charges.Facts(sum)));
        }

        PrivacyCharge[] charged = [.. Charges];
        charges.Spent.Should().Be(charged.Length);
        PrivacyCharges.Of(Job, _recorder, AuditLog.Resume(log.ToArray(), Job).Entries)!.Spent.Should().Be(charged.Length);
        Charges.Should().Equal(charged, "a server that starts again reads them");
        return charged;
    }

    public void Dispose()
    {
        _identities.ToList().ForEach(identity => identity.Dispose());
        _server.Dispose();
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
