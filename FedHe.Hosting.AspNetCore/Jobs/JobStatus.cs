using System.Collections.Immutable;
using FedHe.MLBridge.Identities;
using FedHe.Orchestration.Errors;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Messages;
using FedHe.Orchestration.Server;

namespace FedHe.Hosting.AspNetCore.Jobs;

/// <summary>A job status is what a server said of itself after its latest step, for readers that must not disturb it.</summary>
internal sealed record JobStatus(
    ServerPhase Phase,
    int Round,
    int Attempt,
    int Epoch,
    int LastAggregatedRound,
    FederationOutcome? Outcome,
    ImmutableHashSet<ClientId> Available,
    ImmutableSortedDictionary<ClientId, ExclusionReason> Excluded,
    ImmutableHashSet<ClientId> Withdrawn,
    ImmutableSortedDictionary<ClientId, MessageKind> AwaitedMembers,
    double? SpentEpsilon,
    DateTimeOffset? Due)
{
    public static JobStatus Of(FederationServer server, double? spentEpsilon, TimeProvider time) => new(
        server.Phase,
        server.Round,
        server.Attempt,
        server.Job.EpochNumber,
        server.LastAggregatedRound,
        server.Outcome,
        [.. server.AvailableClients],
        server.ExcludedClients.ToImmutableSortedDictionary(),
        [.. server.WithdrawnClients],
        server.AwaitedMembers.ToImmutableSortedDictionary(),
        spentEpsilon,
        server.DueIn is TimeSpan due ? time.GetUtcNow() + due : null);
}
