using System.Collections.Immutable;
using FedHe.MLBridge.Identities;
using FedHe.Orchestration.Errors;

namespace FedHe.Orchestration.Server;

/// <summary>The course of one attempt at a round, as the server saw it.</summary>
public sealed record RoundReport
{
    /// <summary>The round, from 1.</summary>
    public required int Round { get; init; }

    /// <summary>The attempt at the round, from 1.</summary>
    public required int Attempt { get; init; }

    /// <summary>Whether the attempt reached a quorum, and so an aggregate.</summary>
    public required bool IsAggregated { get; init; }

    /// <summary>The clients that were invited.</summary>
    public required ImmutableArray<ClientId> Selected { get; init; }

    /// <summary>The uploads that were folded in, in the order of arrival.</summary>
    public required ImmutableArray<Contribution> Contributions { get; init; }

    /// <summary>Sum of the weights, or null when hidden or when nothing was folded in.</summary>
    public required long? TotalWeight { get; init; }

    /// <summary>The number of messages refused since the previous report, by reason.</summary>
    public required ImmutableSortedDictionary<RefusalReason, int> Refusals { get; init; }

    /// <summary>The time when clients were invited.</summary>
    public required DateTimeOffset StartedAt { get; init; }

    /// <summary>The time when the attempt was closed.</summary>
    public required DateTimeOffset ClosedAt { get; init; }

    /// <summary>Time the server spent reading and folding uploads in.</summary>
    public required TimeSpan FoldTime { get; init; }

    /// <summary>Bytes of the accepted uploads.</summary>
    public required long BytesReceived { get; init; }

    /// <summary>Bytes of the aggregate message that each client receives; 0 without an aggregate.</summary>
    public required int AggregateLength { get; init; }

    /// <summary>The time that the attempt was open.</summary>
    public TimeSpan Duration => ClosedAt - StartedAt;
}
