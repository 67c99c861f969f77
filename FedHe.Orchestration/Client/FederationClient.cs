using System.Buffers;
using FedHe.Crypto;
using FedHe.Crypto.Errors;
using FedHe.Crypto.Identities;
using FedHe.MLBridge.Averaging;
using FedHe.MLBridge.Errors;
using FedHe.MLBridge.Identities;
using FedHe.MLBridge.Layout;
using FedHe.MLBridge.Updates;
using FedHe.Orchestration.Concurrency;
using FedHe.Orchestration.Diagnostics;
using FedHe.Orchestration.Epochs;
using FedHe.Orchestration.Errors;
using FedHe.Orchestration.Identities;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Keys;
using FedHe.Orchestration.Messages;
using FedHe.Orchestration.Persistence;
using FedHe.Orchestration.Planning;
using FedHe.Orchestration.Privacy;
using FedHe.Orchestration.RoundKeys;
using FedHe.Orchestration.RoundKeys.Inspections;
using FedHe.Orchestration.Strategies;
using FedHe.Orchestration.Updates;
using Microsoft.Extensions.Logging;

namespace FedHe.Orchestration.Client;

/// <summary>
/// A federation client is one client of a job: it trains when invited, uploads encrypted updates and decrypts
/// aggregates. The client has no transport and no thread of its own: the host passes messages in, one at a time, and
/// delivers the answers to the server.
/// </summary>
/// <remarks>
/// The client follows only messages that the server named in the job has signed. Each call returns a step: the host saves its
/// state, if there is one, and then delivers its messages. A restarted client resumes with <see cref="Restore"/>, and sends <see
/// cref="Announce"/> and <see cref="Unacknowledged"/>. Source: FedML-HE, Algorithm 1, the client's
/// part.
/// </remarks>
/// <example>
/// <code>
/// // The host saves states, sends the messages of the outbox to the server, and passes in the bytes that arrive: byte[] received.
/// var setup = new FederationClientSetup { Job = job, Identity = identity, Keys = keys, Trainer = trainer, InitialModel = model };
/// var client = new FederationClient(setup);
/// var outbox = new Queue&lt;ReadOnlyMemory&lt;byte&gt;&gt;([client.Announce()]);
/// ClientStep step = await client.HandleAsync(received);
/// byte[]? saved = step.State?.ToArray(); // On disk before any of the messages leaves.
/// foreach (ReadOnlyMemory&lt;byte&gt; answer in step.Messages)
/// {
///     outbox.Enqueue(answer);
/// }
/// </code>
/// </example>
public sealed class FederationClient : IDisposable
{
    // A try forges a tag with probability 2^-78; three failures are no accident.
    private const int MostFailedTags = 3;

    private readonly ClientIdentity _identity;
    private readonly ILocalTrainer _trainer;
    private readonly IAggregationStrategy _strategy;
    private readonly Dictionary<KeyId, ClientKeys> _keys = [];
    private readonly ClientInspection? _inspection;
    private readonly ClientMembership? _membership;
    private readonly MessageLimits _limits;
    private readonly TimeProvider _time;
    private readonly SafeProgress<ClientProgress>? _progress;
    private readonly ILogger _logger;
    private readonly Instruments _instruments;
    private readonly ClientState _state;
    private readonly SentMessages _sent = new();
    private readonly ExclusiveUse _use = new(nameof(FederationClient));
    private readonly FederationClientSetup _setup;
    private readonly PrivacyGuard? _privacy;
    private IModelExchange _exchange;
    private RunningTraining? _training;
    private SentProof? _announced;
    private bool _owesProof;

    // 0 before the first announcement.
    private long _announcedWeight;
    private bool _isEarlierNext;
    private RefusalReason? _refusal;
    private IgnoredReason? _ignored;
    private ModelParameters _template;

    /// <summary>Creates a client that starts from the initial model.</summary>
    /// <param name="setup">The parts of the client.</param>
    /// <exception cref="HeMismatchException">
    /// The keys, the encryptor, the strategy or the initial model do not belong to the job, or the job's mask is not the
    /// one that the client agreed upon.
    /// </exception>
    /// <exception cref="InsecureFederationException">The job protects nothing, and the setup does not allow that.</exception>
    /// <exception cref="PrivacyRefusedException">
    /// The job has privacy terms, and the setup has no provider, or its provider refuses them; the error says why.
    /// </exception>
    /// <exception cref="ModelValueException">A value of the initial model is not finite or outside its bound.</exception>
    /// <exception cref="HeParameterException">A prime of the job's scheme is too small for tags, as round keys need.</exception>
    /// <exception cref="NotSupportedException">
    /// This package has no strategy with the job's strategy name, and the setup has none; or sums of the job's scheme cannot be
    /// bound by tags, as round keys need.
    /// </exception>
    /// <exception cref="HeCapacityException">The job's scheme cannot add up round keys exactly.</exception>
    /// <exception cref="ArgumentException">The strategy refuses the job's settings, or the roster is too small for them.</exception>
    /// <exception cref="PlanRefusedException">
    /// A full round of the largest weights does not fit the parameters, or its messages are longer than the setup allows.
    /// </exception>
    public FederationClient(FederationClientSetup setup)
        : this(setup, Begin(setup))
    {
        _state.ModelDigest = Job.StartDigest;
        _state.SetChain();
    }

    private FederationClient(FederationClientSetup setup, ClientState state)
    {
        _strategy = FederationClientSetup.Validate(setup);
        _setup = setup;
        _privacy = PrivacyGuard.Of(setup, state);
        _identity = setup.Identity;
        _trainer = setup.Trainer;
        _state = state;
        foreach (ClientKeys keys in setup.EpochKeys.Prepend(setup.Keys))
        {
            _keys[keys.KeyId] = keys;
        }

        _exchange = ModelExchange.Of(setup);
        Plan = FederationPlan.Create(Job, setup.Keys.Context, _exchange.Protocol, setup.Safety, setup.UploadForm);
        _limits = new MessageLimits(Job, Plan, setup.Safety);
        _time = setup.Time;
        _progress = setup.Progress is null ? null : new SafeProgress<ClientProgress>(setup.Progress);
        _logger = new SafeLogger(setup.Logger);
        _instruments = new Instruments(setup.MeterFactory, Job.JobId, Job.Roster);
        GlobalModel = setup.InitialModel;
        _template = setup.InitialModel;
        _inspection = _exchange is RoundKeyExchange { Checker: PartChecker checker }
            ? new ClientInspection(Job, _identity, _exchange.Protocol!, checker, _state)
            : null;
        _membership = ClientMembership.Of(setup, _exchange.Protocol, _state, CurrentKeys);
        if (Job.EpochNumber != setup.Job.EpochNumber)
        {
            UseKeys();
        }

        using IDisposable? scope = BeginScope();
        Log.KernelsOfClient(_logger, Client, HeKernels.Current);
    }

    /// <summary>The plan of the job's rounds.</summary>
    public FederationPlan Plan { get; }

    /// <summary>The job in the epoch that the client is in, for a <see cref="KeyRequest"/> or the next plan.</summary>
    public FederationJob Job => _state.Epochs.Job;

    /// <summary>
    /// Whether the client entered an epoch whose group key it lacks: ask the authority, with a <see cref="KeyRequest"/> for <see cref="Job"/>,
    /// and pass the answer to <see cref="Renew"/>. Until then the client takes part in no round.
    /// </summary>
    public bool NeedsKeys => CurrentKeys is null && !HasLeft;

    /// <summary>The name of the client.</summary>
    public ClientId Client => _identity.Client;

    /// <summary>The newest global model that the client has, with the client's own buffers.</summary>
    public ModelParameters GlobalModel { get; private set; }

    /// <summary>The round of <see cref="GlobalModel"/>; 0 for the initial model.</summary>
    public int ModelRound => _state.ModelRound;

    /// <summary>
    /// Who may have <see cref="GlobalModel"/>. The initial model, which is public, may be published.
    /// </summary>
    public ModelRelease Release => ModelRound == 0 ? ModelRelease.MayBePublished
        : Job.Protection == JobProtection.Direct ? ModelRelease.KeyHoldersOnly
        : Job.Committee is not null || _state.IsConfirmed ? ModelRelease.MayBePublished
        : ModelRelease.Unconfirmed;

    /// <summary>
    /// The latest message of the server whose sums failed their tags, or null. With the server's signature it proves that
    /// the server, or a client in league with it, broke the protocol.
    /// </summary>
    public ReadOnlyMemory<byte>? Evidence => _state.Evidence is byte[] evidence ? evidence : default(ReadOnlyMemory<byte>?);

    /// <summary>The newest decrypted aggregate with its error bounds, or null before the first one.</summary>
    public AveragedModel? LatestAverage { get; private set; }

    /// <summary>
    /// What the job's sums have cost so far, with the attempt that the client uploaded for last; null for a job without privacy terms. Clients
    /// with the same model that wait for the next round count the same.
    /// </summary>
    public PrivacySpending? Privacy => _privacy?.Spending;

    /// <summary>
    /// The last round that has an aggregate, as far as the client knows from the server: from an invitation, an aggregate or
    /// the conclusion. It is 0 before the first.
    /// </summary>
    public int LatestRound => _state.LatestRound;

    /// <summary>
    /// Whether <see cref="GlobalModel"/> is the model of <see cref="LatestRound"/>. A client that is not up to date asks for the
    /// aggregate by itself; where the answer was lost, send <see cref="Announce"/> or <see cref="AskForLatest"/> again.
    /// </summary>
    public bool IsUpToDate => ModelRound >= LatestRound;

    /// <summary>
    /// The outcome that the server reported, or null while the job has not ended or the client lacks its last model. A client that is not
    /// on the roster of a later epoch ends with <see cref="FederationOutcome.Left"/>, whatever model it has, and one that joined an epoch
    /// without a sum keeps the initial model.
    /// </summary>
    public FederationOutcome? Outcome => HasLastModel || HasLeft ? _state.Outcome : null;

    /// <summary>
    /// The latest upload if the server has not acknowledged it yet, or else null. Sending the same bytes again is safe.
    /// </summary>
    public ReadOnlyMemory<byte>? UnacknowledgedUpload
        => _state.Upload is { IsAcknowledged: false } upload && !HasLeft ? upload.Bytes : default(ReadOnlyMemory<byte>?);

    /// <summary>
    /// The messages that the server has not acknowledged yet: the latest upload, and the latest confirmation or objection. Send
    /// them again after an interruption, behind <see cref="Announce"/>; the bytes are the same as before.
    /// </summary>
    public IReadOnlyList<ReadOnlyMemory<byte>> Unacknowledged =>
    [
        .. UnacknowledgedUpload is ReadOnlyMemory<byte> upload ? [upload] : Array.Empty<ReadOnlyMemory<byte>>(),
        .. _state.Statement is byte[] statement ? [statement] : Array.Empty<ReadOnlyMemory<byte>>(),
    ];

    /// <summary>The stamp of the state; the newest saved state has it once it is saved.</summary>
    public StateStamp Stamp => _state.Stamp;

    /// <summary>
    /// Creates the message that announces the client to the server; send it at the start and after every interruption. It
    /// may be called while a message is being handled.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The trainer counts less than one sample.</exception>
    public ReadOnlyMemory<byte> Announce()
    {
        using IDisposable? scope = BeginScope();
        long weight = CountSamples();
        Volatile.Write(ref _announcedWeight, weight);
        _state.IsRequestOpen = false;
        bool isHidden = Job.Terms.Weighting == Weighting.Hidden;

        // Under privacy terms everybody counts 1, and whether a client has more is not told.
        bool isCapped = _trainer.SampleCount > weight && _privacy is null;
        if (isCapped)
        {
            Log.WeightCapped(_logger, Client, _trainer.SampleCount, weight);
        }

        byte[] proof = NextProof();
        var announcement = new Announcement(
            Job.JobId, Client, Job.Digest, Job.Terms.Mask.Digest, isHidden ? 0 : weight, isCapped && !isHidden, ModelRound, proof)
        {
            Epoch = Job.EpochNumber,
        };
        byte[] bytes = Send(announcement);
        _announced = new SentProof(MessageSignature.DigestOf(bytes, announcement), proof);
        return bytes;
    }

    /// <summary>
    /// Creates the message that asks the server for its latest aggregate, for a host that wants the newest model although the
    /// client is not invited. The server refuses it with <see cref="RefusalReason.WrongRound"/> when the client has that model.
    /// </summary>
    /// <exception cref="ConcurrentUseException">A message is being handled.</exception>
    public ReadOnlyMemory<byte> AskForLatest()
    {
        using ExclusiveUse.Call call = _use.Begin();
        _state.RequestedLatest = true;
        return Send(new AggregateRequest(Job.JobId, Client, ModelRound + 1, _state.ChainRound));
    }

    /// <summary>
    /// Takes the group key of the epoch that the client is in, and creates the message that announces the client. Keep the keys of the
    /// epoch before as well until the client has a model of this one.
    /// </summary>
    /// <param name="keys">The keys, from <see cref="KeyRequest.Open(ReadOnlyMemory{byte})"/>; the caller disposes them.</param>
    /// <returns>The message to deliver to the server.</returns>
    /// <exception cref="HeMismatchException">The keys belong to another epoch than the client: see <see cref="Job"/>.</exception>
    /// <exception cref="ConcurrentUseException">A message is being handled.</exception>
    public ReadOnlyMemory<byte> Renew(ClientKeys keys)
    {
        ArgumentNullException.ThrowIfNull(keys);
        using ExclusiveUse.Call call = _use.Begin();
        if (keys.KeyId != Job.Authority.KeyId || keys.Parameters.Id != Job.Authority.ParametersId)
        {
            throw Throw.KeysOfAnotherEpoch();
        }

        _keys[keys.KeyId] = keys;
        UseKeys();
        return Announce();
    }

    /// <summary>
    /// Handles a message from the server and returns the answers. A message that does not belong here is ignored: see <see
    /// cref="ClientStep.Ignored"/>.
    /// </summary>
    /// <param name="message">The bytes that arrived; untrusted.</param>
    /// <param name="cancellationToken">Cancels training, which leaves the client unchanged.</param>
    /// <returns>The messages to deliver to the server, and the state to save before.</returns>
    /// <exception cref="OperationCanceledException">Training was canceled.</exception>
    /// <exception cref="ModelValueException">The trained model cannot be encrypted; nothing is sent.</exception>
    /// <exception cref="HeMismatchException">
    /// The trained model has another layout than the job; nothing is sent.
    /// </exception>
    /// <exception cref="ArgumentOutOfRangeException">
    /// The trainer counted less than one sample; nothing is sent.
    /// </exception>
    /// <exception cref="InvalidOperationException">The trainer returned no model; nothing is sent.</exception>
    /// <exception cref="ObjectDisposedException">The keys or the identity were disposed; nothing is sent.</exception>
    /// <exception cref="ConcurrentUseException">An earlier message is still being handled; this one changes nothing.</exception>
    /// <remarks>Exceptions of the trainer pass through; the client is unchanged and can still be used.</remarks>
    public async Task<ClientStep> HandleAsync(ReadOnlyMemory<byte> message, CancellationToken cancellationToken = default)
    {
        using ExclusiveUse.Call call = _use.Begin();
        using IDisposable? scope = BeginScope();
        (_ignored, _refusal) = (null, null);
        if (TryReadFromServer(message, out IgnoredReason reason) is not ServerMessage parsed)
        {
            return EndStep(Ignore(reason));
        }

        if (_state.FailedLists.Count >= MostFailedTags)
        {
            return EndStep(Ignore(IgnoredReason.Stopped));
        }

        // Only a server that was set back asks for the vote of a member that left.
        if (HasLeft && parsed is not EpochOffer)
        {
            return EndStep(Ignore(IgnoredReason.HasLeft));
        }

        if (ClientRules.Check(parsed.Stamp, _state.Server) is IgnoredReason other)
        {
            return EndStep(Ignore(other));
        }

        _owesProof = Remember(parsed, message);
        ReadOnlyMemory<byte>[] proof = _owesProof ? [SendProofAtOnce()] : [];
        IReadOnlyList<ReadOnlyMemory<byte>> answers = parsed switch
        {
            Invitation invitation => await HandleAsync(invitation, cancellationToken).ConfigureAwait(false),
            AggregateMessage aggregate => await HandleAsync(aggregate, message, cancellationToken).ConfigureAwait(false),
            HistoryMessage history => Handle(history),
            ConfirmationsMessage confirmations => Handle(confirmations),
            Acknowledgement acknowledgement => Handle(acknowledgement),
            KeySumMessage keys => Handle(keys, message),
            Inquiry inquiry => Handle(inquiry),
            CheckRequest request => Handle(request),
            Conclusion conclusion => Handle(conclusion),
            MemberKeyRequest request => Handle(request),
            BoxDelivery delivery => Handle(delivery, message.Length),
            ListOffer offer => Handle(offer, message.Length),
            EpochOffer offer => Handle(offer),
            EpochMessage epoch => Handle(epoch),
            _ => Ignore(IgnoredReason.UnexpectedMessage),
        };
        return EndStep([.. proof, .. answers]);
    }

    /// <summary>
    /// Takes notice of a message that has arrived while an earlier one is being handled: where it makes the training in progress
    /// pointless, because its round or its attempt is over, the training ends at once and the earlier call returns <see
    /// cref="IgnoredReason.Overtaken"/>. Pass the message to <see cref="HandleAsync(ReadOnlyMemory{byte}, CancellationToken)"/>
    /// afterwards all the same.
    /// </summary>
    /// <remarks>The method may be called at any time, from any thread. A message that the server has not signed does nothing.</remarks>
    /// <param name="message">The bytes that arrived; untrusted.</param>
    /// <returns>Whether an upload for the training in progress is of no use any more.</returns>
    public bool Notice(ReadOnlyMemory<byte> message)
        => Volatile.Read(ref _training) is RunningTraining training
            && TryReadFromServer(message, out _) is ServerMessage parsed
            && training.Notice(parsed);

    /// <summary>
    /// Saves everything that a resumed client needs: what it sent and has not been acknowledged, the latest aggregate, and, under
    /// the <see cref="FederationClientSetup.Protector"/> of the setup, what it trained. It holds no key; the client signs it.
    /// </summary>
    /// <remarks>A host that saves <see cref="ClientStep.State"/> of every step need not call this method.</remarks>
    /// <param name="destination">Receives the bytes.</param>
    /// <exception cref="ConcurrentUseException">A message is being handled.</exception>
    public void SaveState(IBufferWriter<byte> destination)
    {
        ArgumentNullException.ThrowIfNull(destination);
        using ExclusiveUse.Call call = _use.Begin();
        ClientStateFormat.Write(_state, _setup, _template, destination);
    }

    private void SaveLedger(IBufferWriter<byte> destination)
    {
        using ExclusiveUse.Call call = _use.Begin();
        _membership!.Save(destination);
    }

    /// <summary>
    /// Creates a client that resumes from a saved state. It opens the aggregate in the state again, and sends the same bytes as
    /// before: send <see cref="Announce"/> and then <see cref="Unacknowledged"/>.
    /// </summary>
    /// <param name="setup">The same job, identity, keys and initial model as before.</param>
    /// <param name="state">The bytes of a saved state.</param>
    /// <param name="newest">
    /// The stamp of the newest state that was ever saved, which the host keeps apart from the states; an older state is refused.
    /// Null where the host does not know it.
    /// </param>
    /// <exception cref="StateRefusedException">The bytes are not a saved state of this client.</exception>
    /// <remarks>The constructor's exceptions apply as well.</remarks>
    public static FederationClient Restore(FederationClientSetup setup, ReadOnlyMemory<byte> state, StateStamp? newest = null)
    {
        ArgumentNullException.ThrowIfNull(setup);
        ClientState read = ClientStateFormat.Read(state, setup, newest, out ModelParameters template);
        var client = new FederationClient(setup, read) { _template = template };
        client.Reopen();
        if (read.Upload is SentUpload upload)
        {
            client._sent.Add(upload.Digest);
        }

        if (read.Statement is byte[] statement)
        {
            client._sent.Add(client.DigestOf(statement));
        }

        return client;
    }

    /// <summary>Zeroes what the client holds as a member of a committee. The keys and the identity of the setup stay the caller's.</summary>
    public void Dispose() => _membership?.Dispose();

    private ClientKeys? CurrentKeys => _keys.GetValueOrDefault(Job.Authority.KeyId);

    private bool AddsDifferences => Job.Update.Kind == UpdateKind.Difference;

    private bool HasLeft => _state.Outcome == FederationOutcome.Left;

    // A client opens no sum of an epoch before its own, so it lacks nothing where none came since.
    private bool HasLastModel => IsUpToDate || LatestRound < Job.Epoch.FirstRound;

    private static ClientState Begin(FederationClientSetup setup)
    {
        ArgumentNullException.ThrowIfNull(setup);
        return new ClientState(new EpochLine(setup.Job));
    }

    /// <summary>Goes on with the keys of the epoch that the client is in, as far as it has them.</summary>
    private void UseKeys()
    {
        if (CurrentKeys is ClientKeys keys)
        {
            _exchange = ModelExchange.Of(_setup with { Job = Job, Keys = keys });
        }

        _membership?.Enter(CurrentKeys);
    }

    /// <summary>Reads a message that the server signed for this job, or returns null and the reason to ignore the bytes.</summary>
    private ServerMessage? TryReadFromServer(ReadOnlyMemory<byte> message, out IgnoredReason reason)
    {
        if (!MessageFormat.TryRead(message, Job.Authority.ParametersId, _limits.Of(message.Span), out FederationMessage? parsed, out _))
        {
            reason = IgnoredReason.Malformed;
            return null;
        }

        if (parsed is not ServerMessage signed)
        {
            reason = IgnoredReason.UnexpectedMessage;
            return null;
        }

        if (parsed.JobId != Job.JobId)
        {
            reason = IgnoredReason.NotForThisClient;
            return null;
        }

        reason = IgnoredReason.ServerSignature;
        return MessageSignature.Verifies(message.Span, signed, Job.ServerKey)
            && signed is not (AggregateMessage { IsIntact: false } or CheckRequest { IsIntact: false })
            ? signed
            : null;
    }

    /// <summary>
    /// Returns the proof for an announcement: in turn what an earlier life said, which shows a server what it lacks, and what the life
    /// said that the client follows, which shows another server that it is not the one.
    /// </summary>
    private byte[] NextProof()
    {
        byte[] earlier = _state.EarlierProof;
        _isEarlierNext = earlier.Length > 0 && !_isEarlierNext;
        return _isEarlierNext ? earlier : _state.Proof;
    }

    /// <summary>Keeps what the last life said when another one speaks, which may descend from a state that lacks it.</summary>
    private void KeepProof()
    {
        bool isEarlierMore = StampOf(_state.EarlierProof) is StateStamp earlier && StampOf(_state.Proof) is var last
            && (last is null || ClientRules.IsAfter(earlier, last.Value));
        _state.EarlierProof = isEarlierMore ? _state.EarlierProof : _state.Proof;
        _state.Proof = [];
        _isEarlierNext = false;
    }

    /// <summary>
    /// Announces the client with what an earlier life said, because another life speaks unasked. It happens once for every life, which
    /// a message that the server has not signed, or that arrives again, does not begin.
    /// </summary>
    private ReadOnlyMemory<byte> SendProofAtOnce()
    {
        ReadOnlyMemory<byte> announcement = Announce();

        // The next announcement takes the proof along as well, in case that this one is lost.
        _isEarlierNext = false;
        return announcement;
    }

    /// <summary>
    /// Remembers which server speaks, and what it cannot deny to have said. Returns whether a later life than before, which may lack
    /// what an earlier one said, speaks unasked.
    /// </summary>
    private bool Remember(ServerMessage message, ReadOnlyMemory<byte> bytes)
    {
        bool isLater = message.Stamp.Life > _state.Server.Life;
        if (isLater)
        {
            KeepProof();
        }

        _state.Server = (message.Stamp.Life, message.Stamp.LifeId);
        ReadOnlyMemory<byte> proof = message switch
        {
            // An invitation with the keys of a committee may be too long for an announcement; acknowledgements say the same.
            Acknowledgement or Invitation or Conclusion when bytes.Length <= Announcement.MaxProofLength => bytes,
            AggregateMessage aggregate => aggregate.Proof,
            _ => default,
        };
        if (StampOf(proof) is StateStamp stamp && (StampOf(_state.Proof) is not StateStamp known || stamp.Version >= known.Version))
        {
            _state.Proof = proof.ToArray();
        }

        if (StampOf(_state.EarlierProof) is StateStamp earlier && HasHeard(message, earlier))
        {
            _state.EarlierProof = [];
        }

        // A client that announced itself again to every life that acknowledges an announcement would do so without end while the
        // server restarts often.
        bool isAnswer = message is Acknowledgement acknowledgement && _sent.Contains(acknowledgement.MessageDigest);
        return isLater && !isAnswer && _state.EarlierProof.Length > 0;
    }

    /// <summary>
    /// Tells whether the server is past a proof of an earlier life, or accepted an announcement with it, or, in the attempt of the
    /// proof, the client's upload: then it has lost nothing that the proof is about, or knows of it.
    /// </summary>
    private bool HasHeard(ServerMessage message, StateStamp earlier)
        => ClientRules.IsAfter(message.Stamp, earlier)
            || (message is Acknowledgement { Reason: RefusalReason.None } acknowledgement
                && ((_announced is SentProof sent && sent.Digest == acknowledgement.MessageDigest && sent.Proof == _state.EarlierProof)
                    || (_state.Upload?.Digest == acknowledgement.MessageDigest && !ClientRules.IsAfter(earlier, message.Stamp))));

    /// <summary>Returns the stamp of a short message of the server, or null where the bytes are none.</summary>
    private StateStamp? StampOf(ReadOnlyMemory<byte> proof)
        => !proof.IsEmpty
            && MessageFormat.TryRead(proof, Job.Authority.ParametersId, proof.Length, out FederationMessage? message, out _)
            && message is ServerMessage own
            ? own.Stamp
            : null;

    private ClientStep EndStep(IReadOnlyList<ReadOnlyMemory<byte>> messages)
    {
        bool isChanged = _state.EndStep();
        bool isLedgerChanged = _membership?.EndStep() == true;
        return new ClientStep
        {
            Messages = [.. messages],
            Ignored = _ignored,
            Refusal = _refusal,
            ModelRound = ModelRound,
            State = isChanged ? new SavedState(_state.Stamp, () => _state.Stamp, SaveState) : null,
            Ledger = isLedgerChanged ? new SavedState(_membership!.Stamp, () => _membership.Stamp, SaveLedger) : null,
        };
    }

    /// <summary>Opens the aggregate of a saved state again, with all checks, in the epoch that it is of.</summary>
    private void Reopen()
    {
        if (_state.AggregateMessage is not ReadOnlyMemory<byte> bytes)
        {
            return;
        }

        FederationJob job = _state.Epochs.Of(ModelRound);
        ClientKeys keys = _keys.GetValueOrDefault(job.Authority.KeyId) ?? throw Throw.KeysOfTheModelMissing();
        IModelExchange exchange = ModelExchange.Of(_setup with { Job = job, Keys = keys });
        bool isOpened = TryReadFromServer(bytes, out _) is AggregateMessage message
            && message.Round == ModelRound
            && exchange.DigestOf(message.Aggregate) == _state.ModelDigest
            && exchange.TryOpenAgain(message, new OpeningModels(_state.BaseModel ?? GlobalModel, _template), out AveragedModel? average) is null
            && Use(average!);
        if (!isOpened)
        {
            throw new StateRefusedException(StateError.Inconsistent);
        }
    }

    private bool Use(AveragedModel average)
    {
        LatestAverage = average;
        GlobalModel = average.Parameters;
        return true;
    }

    private async Task<IReadOnlyList<ReadOnlyMemory<byte>>> HandleAsync(Invitation invitation, CancellationToken cancellationToken)
    {
        if (invitation.Epoch != Job.EpochNumber)
        {
            return IgnoreOtherEpoch(invitation.Epoch);
        }

        if (NeedsKeys)
        {
            return Ignore(IgnoredReason.NoKeys);
        }

        if (ClientRules.Check(invitation, _state, Job, Client) is IgnoredReason reason)
        {
            return Ignore(reason);
        }

        if (_state.Upload is SentUpload sent && sent.Invitation.Slot == invitation.Slot)
        {
            // Never encrypt something else for the same attempt: the server might have the first upload already.
            return [sent.Bytes];
        }

        _state.Latest = invitation;
        _state.Outcome = null;
        _state.LatestRound = invitation.BaseRound;
        if (invitation.BaseRound > ModelRound)
        {
            Log.CatchingUp(_logger, Client, invitation.BaseRound);
            _state.Pending = invitation;
            return Request(invitation.BaseRound);
        }

        _state.Pending = null;
        if (_owesProof)
        {
            // The server hears the proof before a training and not after it, and then stops, or invites the client again.
            return [];
        }

        if (_privacy?.WouldExceed(invitation.Slot.Round, invitation.Slot.Attempt) == true)
        {
            return Ignore(IgnoredReason.BudgetSpent);
        }

        return await TrainAndEncryptAsync(invitation, cancellationToken).ConfigureAwait(false);
    }

    private async Task<IReadOnlyList<ReadOnlyMemory<byte>>> TrainAndEncryptAsync(Invitation invitation, CancellationToken cancellationToken)
    {
        UploadSlot slot = invitation.Slot;
        _state.Trained = invitation;
        TrainingTask task = _strategy.TaskOf(Job, slot.Round, Client) with { Attempt = slot.Attempt };
        if (_state.Result is not TrainedResult kept || !kept.Serves(invitation, _state.RefusedRound))
        {
            bool isOvertaken = false;
            using (var training = new RunningTraining(invitation, _state.Server, cancellationToken))
            {
                Volatile.Write(ref _training, training);
                try
                {
                    kept = new TrainedResult(invitation, await TrainAsync(slot, task, training.Token).ConfigureAwait(false));
                    training.Token.ThrowIfCancellationRequested();
                    _state.Result = kept;
                    _template = kept.Model;
                    _state.Touch();
                    isOvertaken = training.IsOvertaken;
                }
                catch (OperationCanceledException) when (training.IsOvertaken && !cancellationToken.IsCancellationRequested)
                {
                    return Ignore(IgnoredReason.Overtaken);
                }
                finally
                {
                    Volatile.Write(ref _training, null);
                }
            }

            if (isOvertaken)
            {
                // The result serves the newer invitation, which the host passes in next.
                return Ignore(IgnoredReason.Overtaken);
            }
        }

        // A result that cannot be encrypted is not kept: the next invitation trains again.
        _state.Result = null;
        byte[] upload = Encrypt(invitation, kept.Model, Math.Min(Weight, task.WeightLimit));
        _state.Result = kept;
        _state.Upload = new SentUpload(invitation, upload, DigestOf(upload));
        _sent.Add(_state.Upload.Digest);
        _state.Touch();
        return [upload];
    }

    /// <summary>
    /// The weight that the client announced last. A resumed client that is invited before it announces itself has the weight that it
    /// would announce, because what it announced in an earlier life need not be in its state.
    /// </summary>
    private long Weight => Volatile.Read(ref _announcedWeight) is long announced and > 0 ? announced : CountSamples();

    /// <summary>Returns the number of samples, at most the largest weight of the job.</summary>
    private long CountSamples()
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(_trainer.SampleCount, 1);
        return Math.Min(_trainer.SampleCount, Job.Terms.MaxWeight);
    }

    /// <summary>Begins the scope of a call; its round is the one that the client works on or waits for.</summary>
    private IDisposable? BeginScope() => Log.BeginScope(_logger, Job.JobId, Math.Min(ModelRound + 1, Job.Settings.Rounds), Client);

    private async Task<ModelParameters> TrainAsync(UploadSlot slot, TrainingTask task, CancellationToken cancellationToken)
    {
        Log.Training(_logger, Client, slot.Round, slot.Attempt);
        using var phase = MeasuredPhase.Train(_instruments, _time, Client, slot.Round);
        TrainingReporter? reporter = _progress is null ? null : new TrainingReporter(_progress, Client, slot.Round);
        LocalTrainingResult? result = await _trainer.TrainAsync(GlobalModel, task, reporter, cancellationToken).ConfigureAwait(false);
        if (result?.Parameters is null)
        {
            throw Throw.TrainerReturnedNothing(_trainer.GetType());
        }

        Report(slot.Round, ClientPhase.Trained, phase.Elapsed, messageLength: 0);
        return result.Parameters;
    }

    private byte[] Encrypt(Invitation invitation, ModelParameters trained, long weight)
    {
        UploadSlot slot = invitation.Slot;
        using var phase = MeasuredPhase.Encrypt(_instruments, _time, Client, slot.Round);
        using EncodedUpdate encoded = new UpdateCodec(Job).Encode(trained, GlobalModel, _setup.BoundPolicy, _privacy?.Mechanism);
        ReadOnlyMemory<byte> update = _exchange.Encrypt(invitation, encoded.Values, weight, out ClampReport clamped);
        if (clamped.Total + encoded.Clamped > 0)
        {
            Log.Clamped(_logger, Client, clamped.Total + encoded.Clamped, slot.Round);
        }

        byte[] upload = Sign(new Upload(slot, update));
        Log.UpdateEncrypted(_logger, Client, slot.Round, upload.Length);
        Report(slot.Round, ClientPhase.Encrypted, phase.Elapsed, upload.Length);
        return upload;
    }

    private async Task<IReadOnlyList<ReadOnlyMemory<byte>>> HandleAsync(
        AggregateMessage message, ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        if (_exchange.DigestOf(message.Aggregate) is not Digest digest)
        {
            return Ignore(IgnoredReason.BadAggregate);
        }

        if (NeedsKeys || message.Round < Job.Epoch.FirstRound)
        {
            // A sum of the epoch before is of no use to a client that joined, or whose chain is past it.
            return Ignore(NeedsKeys ? IgnoredReason.NoKeys : IgnoredReason.OtherEpoch);
        }

        if (ClientRules.CheckAggregate(message.Round, digest, _state, Job) is IgnoredReason reason)
        {
            return Ignore(reason);
        }

        if (Decrypt(message, digest, bytes) is IgnoredReason refused)
        {
            return Refuse(refused, message.Round, digest);
        }

        _membership?.Conclude(message.Round);

        // Enough answers of a committee leave no room for another list, but the server must not take a sum back that clients have opened. A
        // sum that the client catches up with was confirmed long ago.
        IReadOnlyList<ReadOnlyMemory<byte>> confirmation = Job.Protection == JobProtection.RoundKeys && IsUpToDate
            ? [State(new Confirmation(Job.JobId, Client, ModelRound, digest))]
            : [];
        return _state.Pending is Invitation pending && pending.BaseRound == ModelRound
            ? [.. confirmation, .. await HandleAsync(pending, cancellationToken).ConfigureAwait(false)]
            : confirmation;
    }

    /// <summary>
    /// Ignores a sum, and objects to one that no honest client can open, so that the server repeats the round.
    /// </summary>
    private ReadOnlyMemory<byte>[] Refuse(IgnoredReason reason, int round, Digest digest)
    {
        Ignore(reason);
        bool isVoid = reason is IgnoredReason.BadTag or IgnoredReason.BadAnswers or IgnoredReason.BadAggregate or IgnoredReason.UnevenWeights;

        // With a committee rounds may have ended without a sum since the last one of the chain.
        bool isNext = Job.Committee is null ? round == _state.ChainRound + 1 : round > _state.ChainRound;
        if (Job.Protection != JobProtection.RoundKeys || !isVoid || !isNext)
        {
            return [];
        }

        _state.Refuse(round, digest);
        InspectedPart part = reason == IgnoredReason.BadTag && _state.Void is VoidAttempt attempt && attempt.List == digest
            ? attempt.Part
            : InspectedPart.None;
        return [State(new Objection(Job.JobId, Client, round, digest, part))];
    }

    private IgnoredReason? Decrypt(AggregateMessage message, Digest digest, ReadOnlyMemory<byte> bytes)
    {
        using var phase = MeasuredPhase.Decrypt(_instruments, _time, Client, message.Round);
        if (_exchange.TryOpen(message, _state, new OpeningModels(GlobalModel, _template), out AveragedModel? average) is IgnoredReason reason)
        {
            CountFailure(reason, digest, bytes);
            return reason;
        }

        _state.BaseModel = AddsDifferences ? GlobalModel : null;
        _state.Privacy?.Add(VerifiableAggregate.TryRead(message.Aggregate)!.List);
        Use(average!);
        _template = average!.Parameters;
        _state.AggregateMessage = _setup.SharesMessages ? bytes : bytes.ToArray();
        _state.Result = null;
        _state.Touch();
        _state.ModelRound = message.Round;
        _state.ModelDigest = digest;
        _state.LatestRound = Math.Max(_state.LatestRound, message.Round);
        _state.RequestedLatest = false;
        _state.IsRequestOpen = false;
        _state.ChainRound = message.Round;
        _state.ChainDigest = digest;
        _state.IsConfirmed = false;
        Log.ModelReceived(_logger, Client, ModelRound, average.Contributions);
        Report(ModelRound, ClientPhase.Decrypted, phase.Elapsed, bytes.Length);
        return null;
    }

    /// <summary>Counts a list whose sums failed their tags, once, and keeps the message as evidence.</summary>
    private void CountFailure(IgnoredReason reason, Digest list, ReadOnlyMemory<byte> bytes)
    {
        if (reason == IgnoredReason.BadTag && _state.FailedLists.Add(list))
        {
            _state.Evidence = bytes.ToArray();
            _state.Touch();
        }
    }

    private ReadOnlyMemory<byte>[] Handle(KeySumMessage keys, ReadOnlyMemory<byte> bytes)
    {
        if (_exchange is not RoundKeyExchange roundKeys)
        {
            return Ignore(IgnoredReason.UnexpectedMessage);
        }

        if (roundKeys.VerifyKeys(keys, _state, out Digest list) is not IgnoredReason refused)
        {
            return [State(new KeyApproval(Job.JobId, Client, keys.Round, list))];
        }

        CountFailure(refused, list, bytes);
        return Refuse(refused, keys.Round, list);
    }

    private ReadOnlyMemory<byte>[] Handle(Inquiry inquiry)
    {
        if (_inspection is null)
        {
            return Ignore(IgnoredReason.UnexpectedMessage);
        }

        if (_inspection.TryShow(inquiry, out byte[] showing) is IgnoredReason reason)
        {
            return Ignore(reason);
        }

        _sent.Add(DigestOf(showing));
        return [showing];
    }

    private ReadOnlyMemory<byte>[] Handle(CheckRequest request)
    {
        if (_inspection is null)
        {
            return Ignore(IgnoredReason.UnexpectedMessage);
        }

        return _inspection.TryCheck(request, out Verdict? verdict) is IgnoredReason reason ? Ignore(reason) : [Send(verdict!)];
    }

    private ReadOnlyMemory<byte>[] Handle(MemberKeyRequest request)
    {
        if (_membership is null)
        {
            return Ignore(IgnoredReason.NotAMember);
        }

        if (request.Epoch != Job.EpochNumber)
        {
            return IgnoreOtherEpoch(request.Epoch);
        }

        return _membership.TryMakeKey(request, out MemberKeyMessage? key) is IgnoredReason reason ? Ignore(reason) : [Send(key!)];
    }

    private ReadOnlyMemory<byte>[] Handle(BoxDelivery delivery, int length)
    {
        if (_membership is null)
        {
            return Ignore(IgnoredReason.NotAMember);
        }

        long start = _time.GetTimestamp();
        if (_membership.TryOpen(delivery, out BoxReport? report) is IgnoredReason reason)
        {
            return IgnoreAndCatchUp(reason, delivery.Round);
        }

        Report(delivery.Round, ClientPhase.Answered, _time.GetElapsedTime(start), length);
        return [Send(report!)];
    }

    private ReadOnlyMemory<byte>[] Handle(ListOffer offer, int length)
    {
        if (_membership is null)
        {
            return Ignore(IgnoredReason.NotAMember);
        }

        long start = _time.GetTimestamp();
        if (_membership.TryAnswer(offer, out ReadOnlyMemory<byte> answer) is IgnoredReason reason)
        {
            return Ignore(reason);
        }

        _sent.Add(DigestOf(answer.ToArray()));
        Report(offer.Round, ClientPhase.Answered, _time.GetElapsedTime(start), length);
        return [answer];
    }

    private ReadOnlyMemory<byte>[] Handle(EpochOffer offer)
    {
        if (_membership is null)
        {
            return Ignore(IgnoredReason.NotAMember);
        }

        if (_membership.TryVote(offer, out ReadOnlyMemory<byte> vote, out EpochError error) is not IgnoredReason reason)
        {
            _sent.Add(DigestOf(vote.ToArray()));
            return [vote];
        }

        if (reason == IgnoredReason.BadEpoch)
        {
            Log.EpochRefused(_logger, Client, error);
        }

        return IgnoreAndCatchUp(reason, offer.FirstRound - 1);
    }

    private ReadOnlyMemory<byte>[] Handle(EpochMessage message)
    {
        if (_membership is null)
        {
            return Ignore(IgnoredReason.UnexpectedMessage);
        }

        if (EpochCertificate.TryRead(Job, message.Certificate, out EpochError error) is not EpochCertificate certificate)
        {
            if (error == EpochError.WrongNumber)
            {
                return message.FirstRound <= Job.Epoch.FirstRound ? Ignore(IgnoredReason.Outdated) : IgnoreOtherEpoch(int.MaxValue);
            }

            Log.EpochRefused(_logger, Client, error);
            return Ignore(IgnoredReason.BadEpoch);
        }

        // The last sum of the epoch before is the client's own, opened or at least listed.
        int last = certificate.FirstRound - 1;
        if (_state.ChainRound != last || _state.ChainDigest != certificate.Job.Epoch.Base)
        {
            return IgnoreAndCatchUp(IgnoredReason.OtherHistory, last);
        }

        Enter(certificate);
        return [];
    }

    /// <summary>Enters an epoch. Results of training are not encrypted again, because an attempt of the epoch before may have had them.</summary>
    private void Enter(EpochCertificate certificate)
    {
        _state.Epochs.Enter(certificate);
        _state.Result = null;
        _state.Pending = null;
        _state.Touch();
        bool stays = Job.Roster.TryGetKey(Client, out VerificationKey? key) && key.Equals(_identity.VerificationKey);
        if (!stays)
        {
            _state.Outcome = FederationOutcome.Left;
            _state.Statement = null;
            _membership!.Conclude(Job.Settings.Rounds);
        }

        UseKeys();
        Log.EpochEntered(_logger, Client, Job.EpochNumber, certificate.FirstRound, stays);
    }

    /// <summary>Ignores a message of another epoch, and asks for the certificates that the client lacks to follow it.</summary>
    private ReadOnlyMemory<byte>[] IgnoreOtherEpoch(int epoch)
    {
        Ignore(IgnoredReason.OtherEpoch);
        return epoch <= Job.EpochNumber || _state.IsRequestOpen ? [] : RequestLatest();
    }

    /// <summary>Ignores a message, and asks for the aggregate that the client lacks to follow it.</summary>
    private ReadOnlyMemory<byte>[] IgnoreAndCatchUp(IgnoredReason reason, int round)
    {
        Ignore(reason);
        if (reason != IgnoredReason.OtherHistory || round <= ModelRound || _state.IsRequestOpen)
        {
            return [];
        }

        return RequestLatest();
    }

    private ReadOnlyMemory<byte>[] RequestLatest()
    {
        _state.RequestedLatest = true;
        _state.IsRequestOpen = true;
        return [Send(new AggregateRequest(Job.JobId, Client, ModelRound + 1, _state.ChainRound))];
    }

    private ReadOnlyMemory<byte>[] Handle(HistoryMessage history)
    {
        int requested = _state.RequestedLatest ? Job.Settings.Rounds : _state.RequestedRound;

        // Differences are added to the model of the round before, so a client opens the sum of every round.
        if (Job.Protection != JobProtection.RoundKeys || requested <= _state.ChainRound || AddsDifferences)
        {
            return Ignore(IgnoredReason.NotRequested);
        }

        // A client that missed rounds follows their lists, without opening any of their sums; the sum that it asked for brings
        // its own list.
        (int round, Digest chain) = (_state.ChainRound, _state.ChainDigest);
        if (history.Lists.Length >= requested - round)
        {
            return Ignore(IgnoredReason.NotRequested);
        }

        foreach (ReadOnlyMemory<byte> bytes in history.Lists)
        {
            if (ContributorList.TryRead(bytes) is not ContributorList list)
            {
                return Ignore(IgnoredReason.Malformed);
            }

            // With a committee a round may have ended without a sum.
            int next = Job.Committee is null ? round + 1 : list.Round;
            if (next <= round || next >= requested)
            {
                return Ignore(IgnoredReason.NotRequested);
            }

            if (ListRules.Check(list, Job, next, chain) is IgnoredReason reason)
            {
                return Ignore(reason);
            }

            (round, chain) = (next, list.Chain);
        }

        (_state.ChainRound, _state.ChainDigest) = (round, chain);
        _state.Touch();
        return [];
    }

    private ReadOnlyMemory<byte>[] Handle(ConfirmationsMessage confirmations)
    {
        if (Job.Protection != JobProtection.RoundKeys || confirmations.Round != ModelRound || ModelRound == 0
            || !ConfirmationRules.AreEnough(confirmations, Job, _state.ModelDigest))
        {
            return Ignore(IgnoredReason.BadConfirmation);
        }

        _state.IsConfirmed = true;
        _state.Touch();
        return [];
    }

    private ReadOnlyMemory<byte>[] Handle(Acknowledgement acknowledgement)
    {
        if (!_sent.Contains(acknowledgement.MessageDigest))
        {
            return Ignore(IgnoredReason.UnknownMessage);
        }

        if (acknowledgement.Reason != RefusalReason.None)
        {
            _refusal = acknowledgement.Reason;
            Log.Refused(_logger, Client, acknowledgement.Reason);
        }

        if (_state.Upload?.Acknowledge(acknowledgement.MessageDigest) == true)
        {
            _state.Touch();
        }

        if (_state.Statement is byte[] statement && DigestOf(statement) == acknowledgement.MessageDigest)
        {
            _state.Statement = null;
            _state.Touch();
        }

        return [];
    }

    private ReadOnlyMemory<byte>[] Handle(Conclusion conclusion)
    {
        if (ClientRules.Check(conclusion, _state, Job) is IgnoredReason reason)
        {
            return Ignore(reason);
        }

        _state.Outcome = conclusion.Outcome;
        _state.Touch();
        _membership?.Conclude(Job.Settings.Rounds);
        _state.Pending = null;
        _state.LatestRound = conclusion.Round;

        // No invitation follows that would make up for a lost aggregate, so a client that lacks the last one asks for it now.
        return HasLastModel ? [] : Request(conclusion.Round);
    }

    /// <summary>Asks for the aggregate of a round, unless the client has asked and waits for the answer.</summary>
    private ReadOnlyMemory<byte>[] Request(int round)
    {
        if (_state.IsRequestOpen && _state.RequestedRound == round)
        {
            return [];
        }

        _state.RequestedRound = round;
        _state.IsRequestOpen = true;
        return [Send(new AggregateRequest(Job.JobId, Client, round, _state.ChainRound))];
    }

    /// <summary>Signs a confirmation or an objection, which is sent again until the server has it.</summary>
    private byte[] State(ClientMessage statement)
    {
        _state.Statement = Send(statement);
        _state.Touch();
        return _state.Statement;
    }

    /// <summary>Signs a message and remembers it, to recognize its acknowledgement.</summary>
    private byte[] Send(ClientMessage message)
    {
        byte[] bytes = Sign(message);
        _sent.Add(MessageSignature.DigestOf(bytes, message));
        return bytes;
    }

    /// <summary>Computes the digest by which the server acknowledges a message that the client wrote itself.</summary>
    private Digest DigestOf(byte[] own)
        => MessageFormat.TryRead(own, Job.Authority.ParametersId, own.Length, out FederationMessage? message, out FormatError error)
            ? MessageSignature.DigestOf(own, message)
            : throw new StateRefusedException(StateError.Inconsistent, new HeFormatException(error, "message"));

    private byte[] Sign(ClientMessage message) => MessageFormat.WriteSigned(message, Job.Authority.ParametersId, _identity);

    private ReadOnlyMemory<byte>[] Ignore(IgnoredReason reason)
    {
        _ignored = reason;
        Log.MessageIgnored(_logger, Client, reason);
        return [];
    }

    private void Report(int round, ClientPhase phase, TimeSpan elapsed, int messageLength)
        => _progress?.Report(new ClientProgress(Client, round, phase, Share: 1, elapsed, messageLength));

    /// <summary>Forwards a trainer's progress as the client's progress.</summary>
    private sealed class TrainingReporter(IProgress<ClientProgress> progress, ClientId client, int round) : IProgress<double>
    {
        public void Report(double value) => progress.Report(
            new ClientProgress(client, round, ClientPhase.Training, Math.Clamp(value, 0, 1), TimeSpan.Zero, MessageLength: 0));
    }
}
