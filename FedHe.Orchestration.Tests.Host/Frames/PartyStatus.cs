using System.Collections.Immutable;
using FedHe.Orchestration.Client;
using FedHe.Orchestration.Errors;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Server;

namespace FedHe.Orchestration.Tests.Host.Frames;

/// <summary>A party status is what a host shows of its party after a call, for the tests to check.</summary>
public sealed record PartyStatus
{
    /// <summary>The phase of a server.</summary>
    public ServerPhase? Phase { get; init; }

    /// <summary>The outcome of the job, as the party knows it.</summary>
    public FederationOutcome? Outcome { get; init; }

    /// <summary>The ticks until a server's deadline; null for none.</summary>
    public long? DueIn { get; init; }

    /// <summary>The number of the epoch that a server or a client is in; 0 for none.</summary>
    public int Epoch { get; init; }

    /// <summary>The rounds that a server closed or gave up in the call.</summary>
    public ImmutableArray<ClosedRound> Closed { get; init; } = [];

    /// <summary>Whether a server may not write over the state on its disk, because another one goes on with the job.</summary>
    public bool IsFenced { get; init; }

    /// <summary>The reason why a server's state, or a member's ledger, was refused.</summary>
    public StateError? StateError { get; init; }

    /// <summary>The reason why a server refused the message.</summary>
    public RefusalReason Refusal { get; init; }

    /// <summary>The reason why a client ignored the message.</summary>
    public IgnoredReason? Ignored { get; init; }

    /// <summary>The reason that a client was given for the refusal of an earlier message.</summary>
    public RefusalReason? Refused { get; init; }

    /// <summary>Whether a client trained in the call.</summary>
    public bool HasTrained { get; init; }

    /// <summary>The round of a client's model.</summary>
    public int ModelRound { get; init; }

    /// <summary>Who may have a client's model.</summary>
    public ModelRelease Release { get; init; }

    /// <summary>The values of a client's model.</summary>
    public ImmutableArray<double> Model { get; init; } = [];

    /// <summary>The error bound of a client's latest average; 0 before the first.</summary>
    public double Bound { get; init; }
}
