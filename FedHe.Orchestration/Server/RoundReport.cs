using System.Collections.Immutable;
using FedHe.MLBridge.Identities;
using FedHe.Orchestration.Errors;

namespace FedHe.Orchestration.Server;

/// <summary>A round report describes the course of one attempt at a round, as the server saw it.</summary>
public sealed record RoundReport
{
    /// <summary>The number of the reported round, from 1.</summary>
    public required int Round { get; init; }

    /// <summary>The number of the reported attempt at the round, from 1.</summary>
    public required int Attempt { get; init; }

    /// <summary>The number of waits, collecting times and attempts that the round used up, from 1.</summary>
    public required int Tries { get; init; }

    /// <summary>Whether the attempt reached a quorum, so that the round has an aggregate.</summary>
    public required bool IsAggregated { get; init; }

    /// <summary>The clients that were invited.</summary>
    public required ImmutableArray<ClientId> Selected { get; init; }

    /// <summary>The uploads that were folded in, in the order of arrival.</summary>
    public required ImmutableArray<Contribution> Contributions { get; init; }

    /// <summary>The sum of the weights, or null when they are hidden or nothing was folded in.</summary>
    public required long? TotalWeight { get; init; }

    /// <summary>
    /// The weight that counts fully, so that a larger weight counts like it; null in the direct mode, where every weight counts as it
    /// is, and for a report without an open attempt.
    /// </summary>
    public long? ReferenceWeight { get; init; }

    /// <summary>
    /// The contributors whose weight counts less than their data: because of the largest weight of the job, or because of <see
    /// cref="ReferenceWeight"/>.
    /// </summary>
    public required ImmutableArray<ClientId> Capped { get; init; }

    /// <summary>
    /// The clients that are excluded from the job since an inspection, with the reasons; see <see cref="FederationServer.Readmit"/>.
    /// </summary>
    public ImmutableSortedDictionary<ClientId, ExclusionReason> Excluded { get; init; } = ImmutableSortedDictionary<ClientId, ExclusionReason>.Empty;

    /// <summary>The clients that said that they contribute no more, sorted; see <see cref="FederationServer.WithdrawnClients"/>.</summary>
    public ImmutableArray<ClientId> Withdrawn { get; init; } = [];

    /// <summary>The number of messages refused since the previous report, by reason.</summary>
    public required ImmutableSortedDictionary<RefusalReason, int> Refusals { get; init; }

    /// <summary>The time of day when the clients were invited.</summary>
    public required DateTimeOffset StartedAt { get; init; }

    /// <summary>The time when the attempt was closed: the start, and the time that passed on the monotonic clock.</summary>
    public required DateTimeOffset ClosedAt { get; init; }

    /// <summary>The time that the server spent on reading and folding in uploads.</summary>
    public required TimeSpan FoldTime { get; init; }

    /// <summary>The total length of the accepted uploads, in bytes.</summary>
    public required long BytesReceived { get; init; }

    /// <summary>
    /// The length in bytes of the aggregate message that each client receives; 0 without an aggregate.
    /// </summary>
    public required long AggregateLength { get; init; }

    /// <summary>The time for which the attempt was open.</summary>
    public TimeSpan Duration => ClosedAt - StartedAt;
}
