using FedHe.MLBridge.Identities;
using FedHe.Orchestration.Errors;
using FedHe.Orchestration.Job;

namespace FedHe.Orchestration.Server;

/// <summary>
/// The server state is everything that the server of one job remembers from one message to the next, as data.
/// </summary>
internal sealed class ServerState : IDisposable
{
    /// <summary>The current round, from 1; 0 before the start.</summary>
    public int Round { get; set; }

    /// <summary>The current attempt at the round, from 1; 0 before the start.</summary>
    public int Attempt { get; set; }

    /// <summary>The time at which the current phase ends by itself, or null when it does not.</summary>
    public DateTimeOffset? Deadline { get; set; }

    /// <summary>The clients that announced themselves and were not reported unreachable.</summary>
    public SortedSet<ClientId> Available { get; } = [];

    /// <summary>The accepted uploads of the current attempt and of the attempt before it.</summary>
    public UploadLedger Ledger { get; } = new();

    /// <summary>The number of messages that were refused since the last report, by reason.</summary>
    public SortedDictionary<RefusalReason, int> Refusals { get; } = [];

    /// <summary>The latest aggregate, or null before the first one.</summary>
    public LatestAggregate? Aggregate { get; set; }

    /// <summary>The weights that clients announced; none where weights are hidden.</summary>
    public SortedDictionary<ClientId, long> Weights { get; } = [];

    /// <summary>The lists of contributors of all rounds, for clients that missed some; none without round keys.</summary>
    public List<ReadOnlyMemory<byte>> History { get; } = [];

    /// <summary>The nonces of the latest uploads, which no further upload may repeat.</summary>
    public NonceWindow Nonces { get; } = new();

    /// <summary>The clients' confirmations of the latest aggregate, with their signatures.</summary>
    public SortedDictionary<ClientId, ReadOnlyMemory<byte>> Confirmations { get; } = [];

    /// <summary>The clients that objected to the latest aggregate; none without round keys.</summary>
    public SortedSet<ClientId> Objections { get; } = [];

    /// <summary>
    /// The aggregate before the latest one, to which the job returns when clients object; null where it cannot.
    /// </summary>
    public LatestAggregate? Previous { get; set; }

    /// <summary>The attempt that is open for uploads, or null between attempts.</summary>
    public OpenAttempt? Open { get; set; }

    /// <summary>The outcome of the job, or null while it has not ended.</summary>
    public FederationOutcome? Outcome { get; set; }

    /// <summary>The phase of the job, which follows from the rest of the state.</summary>
    public ServerPhase Phase => this switch
    {
        { Outcome: not null } => ServerPhase.Ended,
        { Open: not null } => ServerPhase.Collecting,
        { Round: > 0 } => ServerPhase.WaitingForClients,
        _ => ServerPhase.NotStarted,
    };

    /// <summary>The last round that has an aggregate; 0 before the first.</summary>
    public int LastAggregatedRound => Aggregate?.Round ?? 0;

    /// <summary>The uploads of the open attempt, in the order of arrival; none between attempts.</summary>
    public IEnumerable<Contribution> Contributions => Open is null ? [] : Ledger.Of(Round, Attempt);

    public void Dispose() => Open?.Dispose();
}
