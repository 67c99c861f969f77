using FedHe.MLBridge.Identities;
using FedHe.Orchestration.Epochs;
using FedHe.Orchestration.Errors;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Messages;
using FedHe.Orchestration.Persistence;
using FedHe.Orchestration.RoundKeys;
using FedHe.Orchestration.Server.Inspections;
using FedHe.Orchestration.Server.Openings;
using FedHe.Orchestration.Server.Renewals;
using FedHe.Orchestration.Sums;

namespace FedHe.Orchestration.Server;

/// <summary>
/// The server state is everything that the server of one job remembers from one message to the next, as data.
/// </summary>
/// <param name="epochs">The epochs of the job so far.</param>
/// <param name="sums">The folder of the sums, which the state owns.</param>
internal sealed class ServerState(EpochLine epochs, SumFolder sums) : IDisposable
{
    /// <summary>The folder of the sums.</summary>
    public SumFolder Sums => sums;

    /// <summary>The epochs of the job so far.</summary>
    public EpochLine Epochs => epochs;

    /// <summary>The plan of the next epoch, or null.</summary>
    public EpochPlan? Plan { get; set; }

    /// <summary>The vote for the next epoch that is under way, or null.</summary>
    public Renewal? Renewal { get; set; }

    /// <summary>The current round, from 1; 0 before the start.</summary>
    public int Round { get; set; }

    /// <summary>The current attempt at the round, from 1; 0 before the start.</summary>
    public int Attempt { get; set; }

    /// <summary>The number of waits, collecting times and attempts that the round has used up, from 1; 0 before the start.</summary>
    public int Tries { get; set; }

    /// <summary>Whether a sum of an earlier attempt at the round was published and taken back, or may have been.</summary>
    public bool WasPublished { get; set; }

    /// <summary>Whether the current deadline is the grace of a round that has a quorum.</summary>
    public bool IsInGrace { get; set; }

    /// <summary>
    /// The timestamp of the monotonic clock at which the current phase ends by itself, or null when it does not.
    /// </summary>
    public long? Deadline { get; set; }

    /// <summary>The number of times that the server was created or restored.</summary>
    public int Life { get; set; } = 1;

    /// <summary>The random name of this life.</summary>
    public Guid LifeId { get; set; }

    /// <summary>The number of changes of the state.</summary>
    public long Version { get; set; }

    /// <summary>Whether a step has changed what must be saved.</summary>
    public bool IsChanged { get; private set; }

    /// <summary>Whether everything that a step has changed follows from the message that it handled.</summary>
    public bool FollowsFromMessage { get; private set; } = true;

    /// <summary>The earlier lives that this state descends from, with the version at which each was left.</summary>
    public Dictionary<Guid, long> Lineage { get; } = [];

    /// <summary>The messages of the step that changed the state last.</summary>
    public IReadOnlyList<OutgoingMessage> Undelivered { get; set; } = [];

    /// <summary>
    /// The clients that the open attempt invited before the server was restored, and that have not been heard since: they may
    /// have uploaded what the state does not know of.
    /// </summary>
    public SortedSet<ClientId> Unheard { get; } = [];

    /// <summary>
    /// The clients that proved that the server has lost something of the open attempt, perhaps their acknowledged uploads; each until
    /// it has uploaded again.
    /// </summary>
    public SortedSet<ClientId> Owed { get; } = [];

    /// <summary>Whether a client proved that a newer state exists.</summary>
    public bool IsSuperseded { get; set; }

    /// <summary>The clients that announced themselves and were not reported unreachable.</summary>
    public SortedSet<ClientId> Available { get; } = [];

    /// <summary>The clients that said that they contribute no more; none in jobs without control terms.</summary>
    public SortedSet<ClientId> Withdrawn { get; } = [];

    /// <summary>The accepted uploads of the current attempt and of the attempt before it.</summary>
    public UploadLedger Ledger { get; } = new();

    /// <summary>The number of messages that were refused since the last report, by reason.</summary>
    public SortedDictionary<RefusalReason, int> Refusals { get; } = [];

    /// <summary>The latest aggregate, or null before the first one.</summary>
    public LatestAggregate? Aggregate { get; set; }

    /// <summary>The weights that clients announced; none where weights are hidden.</summary>
    public SortedDictionary<ClientId, long> Weights { get; } = [];

    /// <summary>The clients that have more data than the largest weight of the job counts.</summary>
    public SortedSet<ClientId> Capped { get; } = [];

    /// <summary>The lists of contributors of all rounds, for clients that missed some; none without round keys.</summary>
    public List<ListedRound> History { get; } = [];

    /// <summary>The nonces of the latest uploads, which no further upload may repeat.</summary>
    public NonceWindow Nonces { get; } = new();

    /// <summary>The clients' confirmations of the latest aggregate, with their signatures.</summary>
    public SortedDictionary<ClientId, ReadOnlyMemory<byte>> Confirmations { get; } = [];

    /// <summary>The clients that objected to the latest aggregate, with the part that each names; none without round keys.</summary>
    public SortedDictionary<ClientId, InspectedPart> Objections { get; } = [];

    /// <summary>The digests of what was folded into the latest aggregate; none without round keys or after it was taken back.</summary>
    public SortedDictionary<ClientId, PartDigests> Parts { get; } = [];

    /// <summary>
    /// Whether clients check round keys before they get values: after an attempt was void because of round keys, until an inspection
    /// has named somebody for it.
    /// </summary>
    public bool ChecksKeys { get; set; }

    /// <summary>The sum whose round keys clients check, or null.</summary>
    public HeldSum? Held { get; set; }

    /// <summary>The keys of the current round that members of the committee have sent; none without a committee.</summary>
    public SortedDictionary<ClientId, RelayedMemberKey> MemberKeys { get; } = [];

    /// <summary>The clients whose boxes did not open in the current round, and that are not invited to it again.</summary>
    public SortedSet<ClientId> LeftOut { get; } = [];

    /// <summary>The clients that can be invited to the current round.</summary>
    public IReadOnlyList<ClientId> Invitable => [.. Available.Except(LeftOut).Where(client => MayContribute(client) && HasModel(client))];

    /// <summary>Tells whether a client can be reached, and has not said that it contributes no more.</summary>
    public bool MayContribute(ClientId client) => Available.Contains(client) && !Withdrawn.Contains(client);

    /// <summary>
    /// Tells whether a client can have the model that the current round begins from: it was on the roster when the sum was opened. A client
    /// that joins has no key of it.
    /// </summary>
    public bool HasModel(ClientId client) => Epochs.Of(LastAggregatedRound).Roster.TryGetKey(client, out _);

    /// <summary>The sum that the committee opens, or null.</summary>
    public Opening? Opening { get; set; }

    /// <summary>The inspection of a void attempt, or null.</summary>
    public Inspection? Inspection { get; set; }

    /// <summary>The clients that are excluded from the job, with the reasons.</summary>
    public SortedDictionary<ClientId, ExclusionReason> Excluded { get; } = [];

    /// <summary>
    /// The aggregate before the latest one, to which the job returns when clients object; null where it cannot.
    /// </summary>
    public LatestAggregate? Previous { get; set; }

    /// <summary>
    /// The aggregates before the latest one, ascending, where updates are differences: a client that missed rounds needs the sum of each. None
    /// where updates are models.
    /// </summary>
    public List<LatestAggregate> Earlier { get; } = [];

    /// <summary>The attempt that is open for uploads, or null between attempts.</summary>
    public OpenAttempt? Open { get; set; }

    /// <summary>The outcome of the job, or null while it has not ended.</summary>
    public FederationOutcome? Outcome { get; set; }

    /// <summary>The phase of the job, which follows from the rest of the state.</summary>
    public ServerPhase Phase => this switch
    {
        { IsSuperseded: true } => ServerPhase.Superseded,
        { Outcome: not null } => ServerPhase.Ended,
        { Held: not null } or { Inspection: not null } => ServerPhase.Inspecting,
        { Opening: not null } => ServerPhase.Opening,
        { Open: not null } => ServerPhase.Collecting,
        { Renewal: not null } => ServerPhase.Renewing,
        { Round: > 0 } => ServerPhase.WaitingForClients,
        _ => ServerPhase.NotStarted,
    };

    /// <summary>The last round that has an aggregate; 0 before the first.</summary>
    public int LastAggregatedRound => Aggregate?.Round ?? 0;

    /// <summary>The uploads of the open attempt, in the order of arrival; none between attempts.</summary>
    public IEnumerable<Contribution> Contributions => Open is null ? [] : Ledger.Of(Round, Attempt);

    /// <summary>The stamp of the state.</summary>
    public StateStamp Stamp => new(Life, LifeId, Version, Outcome is null ? Round : Round + 1, Attempt);

    /// <summary>The stamp that the state has after the step that is being taken, for what is signed during the step.</summary>
    public StateStamp NextStamp => Stamp with { Version = Version + 1 };

    /// <summary>Notes a change that must be saved before any message of the step leaves.</summary>
    public void Touch() => (IsChanged, FollowsFromMessage) = (true, false);

    /// <summary>
    /// Notes a change that must be saved, and that follows from its cause, mostly a message, and the state before it alone, so that a restarted server makes it
    /// again from the cause: see <see cref="ServerChange"/>.
    /// </summary>
    public void TouchByMessage() => IsChanged = true;

    /// <summary>Ends a step, and returns whether it changed what must be saved.</summary>
    public bool EndStep()
    {
        bool isChanged = IsChanged && !IsSuperseded;
        Version += isChanged ? 1 : 0;
        (IsChanged, FollowsFromMessage) = (false, true);
        return isChanged;
    }

    /// <summary>Begins the next life of a state that was read.</summary>
    /// <param name="job">The job.</param>
    /// <param name="lifeId">The random name of the life.</param>
    /// <param name="isNewest">Whether the host knows that nothing newer was ever saved.</param>
    public void Revive(FederationJob job, Guid lifeId, bool isNewest)
    {
        Lineage[LifeId] = Version;
        Life++;
        LifeId = lifeId;
        Touch();
        if (!isNewest)
        {
            // Whoever can be reached announces itself again, and says what it knows; until then it counts as absent.
            Available.Clear();

            // A later life may have published a sum of this round. The same results in another sum would give the difference
            // of the two away, so clients train anew for another attempt.
            WasPublished = true;
            if (job.Committee is not null && Phase is ServerPhase.WaitingForClients or ServerPhase.Renewing && Attempt < job.Settings.MaxAttempts)
            {
                // A later life may have invited clients to this attempt with other keys of members. They encrypt for it only once, and
                // have no proof of it, because invitations with keys are too long for one: the number is used no more.
                Attempt++;
                Tries = Phase == ServerPhase.Renewing ? Tries : Math.Max(Tries, Attempt);
            }

            Unheard.UnionWith(Open?.Selected.Where(client => RoundRules.IsAwaited(this, job, client)) ?? []);
        }
    }

    /// <summary>The files of all sums that the state refers to.</summary>
    public IEnumerable<Guid> SumFiles
    {
        get
        {
            SumBytes?[] stored = [Aggregate?.Bytes, Previous?.Bytes, Opening?.Aggregate, Held?.Aggregate, Inspection?.Sum, .. Earlier.Select(earlier => earlier.Bytes)];
            IEnumerable<Guid> files = stored.Select(sum => sum?.Stored?.File).OfType<Guid>();
            return Open?.Sum.File is Guid open ? files.Append(open) : files;
        }
    }

    /// <summary>Finds the aggregate before the latest one that has a message, or null.</summary>
    public LatestAggregate? EarlierWith(SumBytes message) => Earlier.Find(earlier => earlier.Message == message);

    public void Dispose()
    {
        Open?.Dispose();
        sums.Dispose();
    }
}
