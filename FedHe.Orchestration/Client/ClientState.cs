using FedHe.Crypto.Identities;
using FedHe.MLBridge.Layout;
using FedHe.MLBridge.Optimizers;
using FedHe.Orchestration.Epochs;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Messages;
using FedHe.Orchestration.Persistence;
using FedHe.Orchestration.Privacy;
using FedHe.Orchestration.RoundKeys;
using FedHe.Orchestration.RoundKeys.Inspections;

namespace FedHe.Orchestration.Client;

/// <summary>
/// The client state is what a client of one job remembers of the order of messages, as data.
/// </summary>
/// <param name="epochs">The epochs that the client knows.</param>
internal sealed class ClientState(EpochLine epochs)
{
    /// <summary>The epochs that the client knows, up to the one that it is in.</summary>
    public EpochLine Epochs => epochs;

    /// <summary>The round of the client's model; 0 for the initial model.</summary>
    public int ModelRound { get; set; }

    /// <summary>
    /// The digest of the chain up to the model; without round keys, of the bytes of its aggregate, or of the initial model.
    /// </summary>
    public Digest ModelDigest { get; set; }

    /// <summary>The last round of the chain that the client knows; at least the round of its model.</summary>
    public int ChainRound { get; set; }

    /// <summary>The digest of the chain up to <see cref="ChainRound"/>.</summary>
    public Digest ChainDigest { get; set; }

    /// <summary>Whether enough clients confirmed that they have the client's model.</summary>
    public bool IsConfirmed { get; set; }

    /// <summary>
    /// The digests of the chain up to lists whose sums failed their tags. A list that is sent again is no further failure.
    /// </summary>
    public HashSet<Digest> FailedLists { get; } = [];

    /// <summary>The list whose sum the client decrypted last.</summary>
    public OpenedList Opened { get; set; }

    /// <summary>The latest invitation that the client followed, or null before the first one.</summary>
    public Invitation? Latest { get; set; }

    /// <summary>The digest of the chain up to the sum that the client refused last, or null.</summary>
    public Digest? Refused { get; set; }

    /// <summary>The round of the sum that the client refused last, or 0.</summary>
    public int RefusedRound { get; set; }

    /// <summary>The latest attempt whose sum the client refused because of a tag, or null before the first one.</summary>
    public VoidAttempt? Void { get; set; }

    /// <summary>The latest round and attempt of which the client saw the sum of the values.</summary>
    public (int Round, int Attempt) Seen { get; set; }

    /// <summary>The latest invitation that the client trained for, or null before the first one.</summary>
    public Invitation? Trained { get; set; }

    /// <summary>The result of the latest training, until its round is over, or null.</summary>
    public TrainedResult? Result { get; set; }

    /// <summary>The invitation that waits for the aggregate of its base round, or null.</summary>
    public Invitation? Pending { get; set; }

    /// <summary>The round whose aggregate the client asked for, or 0.</summary>
    public int RequestedRound { get; set; }

    /// <summary>Whether a request is on its way whose answer has not come, and that no announcement has given up since.</summary>
    public bool IsRequestOpen { get; set; }

    /// <summary>Whether the client asked for the latest aggregate, of whatever round.</summary>
    public bool RequestedLatest { get; set; }

    /// <summary>The last round that has an aggregate, as far as the server said; 0 before the first.</summary>
    public int LatestRound { get; set; }

    /// <summary>
    /// The round of the list that the client answered for last as a member of a committee; 0 before the first one. A member that lost its
    /// ledger, or has an older one, answers nothing up to it.
    /// </summary>
    public int AnsweredRound { get; set; }

    /// <summary>The last round of which the client refused a sum, or answered for one, so that no result of its training may be in another.</summary>
    public int ClosedRound => Math.Max(RefusedRound, AnsweredRound);

    /// <summary>
    /// The number and the first round of the epoch that the client voted for last as a member of a committee; zeros before the first vote.
    /// </summary>
    public (int Number, int FirstRound) Voted { get; set; }

    /// <summary>The latest upload, or null before the first one.</summary>
    public SentUpload? Upload { get; set; }

    /// <summary>The latest confirmation or objection that the server has not acknowledged, or null.</summary>
    public byte[]? Statement { get; set; }

    /// <summary>The message of the aggregate that the client's model was opened from, or null before the first one.</summary>
    public ReadOnlyMemory<byte>? AggregateMessage { get; set; }

    /// <summary>The newest model in a file, or null before the first one and where models are in memory.</summary>
    public StoredModel? StoredModel { get; set; }

    /// <summary>The model whose buffers the client has; null where models are in files.</summary>
    public ModelParameters? Template { get; set; }

    /// <summary>
    /// The model that the latest aggregate was added to, where updates are differences: the model of the round before, with the buffers that
    /// the client had then. Null before the first aggregate, and where updates are models.
    /// </summary>
    public ModelParameters? BaseModel { get; set; }

    /// <summary>
    /// The moments of the job's optimizer before the latest aggregate, which the latest aggregate was opened with. Null before the first
    /// aggregate, and without an optimizer.
    /// </summary>
    public OptimizerMoments? BaseMoments { get; set; }

    /// <summary>The moments of the job's optimizer after the latest aggregate; null before the first one, and without an optimizer.</summary>
    public OptimizerMoments? Moments { get; set; }

    /// <summary>What the client keeps of the two passes of a squeeze; null in jobs without sparsification terms.</summary>
    public SqueezeKeeper? Squeeze { get; set; }

    /// <summary>What the client keeps of the control variates of SCAFFOLD; null in jobs without control terms.</summary>
    public ControlKeeper? Controls { get; set; }

    /// <summary>The position of the clip of the round after the model, in a job with an adaptive clip; 0 before the first sum and in other jobs.</summary>
    public int ClipPosition { get; set; }

    /// <summary>The position of the clip that the latest aggregate was clipped at, likewise.</summary>
    public int BaseClipPosition { get; set; }

    /// <summary>The sums that the privacy terms of the job charge for, or null for a job without them.</summary>
    public PrivacyLedger? Privacy { get; set; }

    /// <summary>The client's noised count of records, which is its weight, or 0 before one is drawn and in jobs without noised counts.</summary>
    public long NoisedCount { get; set; }

    /// <summary>What keeps the client's noise between rounds, in a job whose noise is correlated; null in all others.</summary>
    public NoiseKeeper? Noise { get; set; }

    /// <summary>The noise of a saved state until a mechanism has taken it, or null.</summary>
    public SavedNoise? SavedNoise { get; set; }

    /// <summary>The latest message of the server whose sums failed their tags, or null.</summary>
    public byte[]? Evidence { get; set; }

    /// <summary>The life of the server that the client follows; none before the first message.</summary>
    public (int Life, Guid LifeId) Server { get; set; }

    /// <summary>
    /// The newest short message of the life of the server that the client follows, which proves to it what it said; nothing before
    /// the first one.
    /// </summary>
    public byte[] Proof { get; set; } = [];

    /// <summary>The newest short message of an earlier life that the followed one may not know of, or nothing.</summary>
    public byte[] EarlierProof { get; set; } = [];

    /// <summary>The number of changes of the state.</summary>
    public long Version { get; set; }

    /// <summary>Whether a message changed what must be saved.</summary>
    public bool IsChanged { get; private set; }

    /// <summary>The stamp of the state.</summary>
    public StateStamp Stamp => new(Life: 1, Guid.Empty, Version, ModelRound, Attempt: 0);

    /// <summary>Notes a change that must be saved before any message of the step leaves.</summary>
    public void Touch() => IsChanged = true;

    /// <summary>Ends a step, and returns whether it changed what must be saved.</summary>
    public bool EndStep()
    {
        bool isChanged = IsChanged;
        Version += isChanged ? 1 : 0;
        IsChanged = false;
        return isChanged;
    }

    /// <summary>The outcome that the server reported, or null while the job has not ended.</summary>
    public FederationOutcome? Outcome { get; set; }

    /// <summary>Whether the job was said to be completed by a sum that the client refused, so that it may go on.</summary>
    public bool RefusedCompletion => Outcome == FederationOutcome.Completed && RefusedRound > ModelRound;

    /// <summary>
    /// Forgets what led to a sum that the client refused, so that the server can repeat its round: the client goes on from its
    /// model.
    /// </summary>
    /// <param name="round">The round of the sum.</param>
    /// <param name="digest">The digest of the chain up to the sum.</param>
    public void Refuse(int round, Digest digest)
    {
        (RefusedRound, Refused) = (round, digest);
        Latest = Trained;
        Pending = null;
        RequestedRound = 0;
        RequestedLatest = false;
        IsRequestOpen = false;
        SetChain();
    }

    /// <summary>
    /// Sets the chain to the client's model, or to the beginning of its epoch where that is later: a client that joins has no model before
    /// the first sum, and a certificate fixes what came before.
    /// </summary>
    public void SetChain()
    {
        JobEpoch epoch = Epochs.Job.Epoch;
        (ChainRound, ChainDigest) = ModelRound >= epoch.FirstRound - 1 ? (ModelRound, ModelDigest) : (epoch.FirstRound - 1, epoch.Base);
    }
}
