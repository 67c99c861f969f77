using System.Buffers;
using FedHe.Crypto;
using FedHe.Crypto.Errors;
using FedHe.Crypto.Identities;
using FedHe.MLBridge.Adapters;
using FedHe.MLBridge.Averaging;
using FedHe.MLBridge.Controls;
using FedHe.MLBridge.Errors;
using FedHe.MLBridge.Identities;
using FedHe.MLBridge.Layout;
using FedHe.MLBridge.Optimizers;
using FedHe.MLBridge.Squeezing;
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
    private readonly ClientIdentity _identity;
    private readonly IAggregationStrategy _strategy;
    private readonly Dictionary<KeyId, ClientKeys> _keys = [];
    private readonly ClientMembership? _membership;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly Instruments _instruments;
    private readonly ClientState _state;
    private readonly ServerMessageReader _reader;
    private readonly ServerLives _lives;
    private readonly ClientOutbox _outbox;
    private readonly ClientReplies _replies;
    private readonly ChainReplies _chain;
    private readonly ObjectionReplies _objections;
    private readonly CommitteeReplies _committee;
    private readonly ClientReporter _reporter;
    private readonly ExclusiveUse _use = new(nameof(FederationClient));
    private readonly FederationClientSetup _setup;
    private readonly PrivacyGuard? _privacy;
    private readonly IClientModels _models;
    private readonly LocalTraining _training;
    private IModelExchange _exchange;
    private bool _owesProof;

    // 0 before the first announcement.
    private long _announcedWeight;
    private volatile bool _isCountSaved;

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
    /// <exception cref="FilesRefusedException">The setup has files, and the job has terms for which models must be in memory.</exception>
    /// <exception cref="ClientFileException">The folder of the setup's files is missing, cannot be written, is another client's, or another client uses it.</exception>
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
        try
        {
            _privacy = PrivacyGuard.Of(setup, state);
            _identity = setup.Identity;
            _state = state;
            _keys[setup.Keys.KeyId] = setup.Keys;
            foreach (ClientKeys keys in setup.EpochKeys)
            {
                _keys[keys.KeyId] = keys;
            }

            state.Squeeze ??= SqueezeKeeper.Of(setup.Job);
            state.Controls ??= ControlKeeper.Of(setup.Job);
            _exchange = ModelExchange.Of(setup);
            Plan = FederationPlan.CreateForClient(Job, setup.Keys.Context, _exchange.Protocol, setup.Safety, setup.UploadForm, hasFiles: setup.Files is not null);
            _time = setup.Time;
            _logger = new SafeLogger(setup.Logger);
            var limits = new MessageLimits(Job, Plan, setup.Safety);
            LongestMessage = limits.Longest;
            _reader = new ServerMessageReader(state.Epochs, limits);
            _outbox = new ClientOutbox(state, _identity);
            _lives = new ServerLives(state, _outbox);
            _replies = new ClientReplies(state, _outbox, Client, _logger);
            _reporter = new ClientReporter(setup.Progress, Client);
            _instruments = new Instruments(setup.MeterFactory, Job.JobId, Job.Roster);
            _membership = ClientMembership.Of(setup, _exchange.Protocol, _state, CurrentKeys);
            _models = setup.Files is null ? new MemoryModels(setup, state, _privacy, _outbox, _logger) : new FileModels(setup, state, _outbox, _logger);
            _training = new LocalTraining(_models, state, Client, _reporter, _instruments, _time, _logger);
            ClientInspection? inspection = _exchange is RoundKeyExchange { Checker: PartChecker checker }
                ? new ClientInspection(Job, _identity, _exchange.Protocol!, checker, _state, _models)
                : null;
            _objections = new ObjectionReplies(inspection, state, Client, _outbox, _replies);
            _chain = new ChainReplies(state, _replies);
            _committee = new CommitteeReplies(_membership, state, _identity, _outbox, _replies, _reporter, _time, _logger);
            if (Job.EpochNumber != setup.Job.EpochNumber)
            {
                UseKeys();
            }

            using IDisposable? scope = BeginScope();
            Log.KernelsOfClient(_logger, Client, HeKernels.Current);
        }
        catch
        {
            // Nobody gets the client, so nobody else frees its folder and zeroes what it holds.
            Dispose();
            throw;
        }
    }

    /// <summary>The plan of the job's rounds.</summary>
    public FederationPlan Plan { get; }

    /// <summary>The length in bytes of the longest message that a server of the job can have for the client; a longer one is ignored unread.</summary>
    public long LongestMessage { get; }

    /// <summary>The job in the epoch that the client is in, for a <see cref="KeyRequest"/> or the next plan.</summary>
    public FederationJob Job => _state.Epochs.Job;

    /// <summary>The certificates of the epochs that the client entered after the one that it began with, in their order.</summary>
    public IReadOnlyList<ReadOnlyMemory<byte>> Certificates => [.. _state.Epochs.Certificates.Select(certificate => certificate.Bytes)];

    /// <summary>
    /// Whether the client entered an epoch whose group key it lacks: ask the authority, with a <see cref="KeyRequest"/> for <see cref="Job"/>,
    /// and pass the answer to <see cref="Renew"/>. Until then the client takes part in no round.
    /// </summary>
    public bool NeedsKeys => CurrentKeys is null && !HasLeft;

    /// <summary>The name of the client.</summary>
    public ClientId Client => _identity.Client;

    /// <summary>
    /// This is the newest global model that the client has. Its buffers are the client's own, or the initial model's in a job with privacy terms.
    /// </summary>
    /// <exception cref="InvalidOperationException">The client has its models in files: read <see cref="Model"/>.</exception>
    public ModelParameters GlobalModel => _models is MemoryModels memory ? memory.Model : throw Throw.ModelIsInAFile();

    /// <summary>
    /// The values of the newest global model that the client has, in memory or in a file. A model in a file can be read until the step after the one that opened a newer model; the client closes it.
    /// </summary>
    public IFlatModel Model => _models.Newest;

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
    /// the server, or a client in league with it, broke the protocol. A client with its models in files has of an aggregate in a stream only what the server signed, the digest of the sums among it: it proves that
    /// together with the bytes of the stream.
    /// </summary>
    public ReadOnlyMemory<byte>? Evidence => _state.Evidence is byte[] evidence ? evidence : default(ReadOnlyMemory<byte>?);

    /// <summary>The newest decrypted aggregate with its error bounds, or null before the first one and where models are in files: see <see cref="LatestSummary"/>.</summary>
    public AveragedModel? LatestAverage => (_models as MemoryModels)?.Average;

    /// <summary>The error bounds of the newest decrypted aggregate and other facts about it, or null before the first one.</summary>
    public AverageSummary? LatestSummary => _models.Summary;

    /// <summary>
    /// What the job's sums have cost so far, with the attempt that the client uploaded for last; null for a job without privacy terms. Clients
    /// with the same model that wait for the next round count the same.
    /// </summary>
    public PrivacySpending? Privacy => _privacy?.Spending;

    /// <summary>
    /// The largest 2-norm of the difference to <see cref="GlobalModel"/> that counts in the next round, in units of the model's values; null for a job without
    /// privacy terms for clients. All clients with the same model have the same one, which an adaptive clip moves.
    /// </summary>
    public double? Clip => _privacy?.ClipAt(_state.ClipPosition);

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
    /// <exception cref="InvalidOperationException">The upload is in a file, and longer than an array: see <see cref="UnacknowledgedMessages"/>.</exception>
    /// <exception cref="IOException">The upload is in a file that cannot be read.</exception>
    public ReadOnlyMemory<byte>? UnacknowledgedUpload => UnsentUpload?.Bytes;

    /// <summary>
    /// The messages that the server has not acknowledged yet: the latest upload, and the latest confirmation or objection. Send
    /// them again after an interruption, behind <see cref="Announce"/>; the bytes are the same as before.
    /// </summary>
    /// <exception cref="InvalidOperationException">The upload is in a file, and longer than an array: see <see cref="UnacknowledgedMessages"/>.</exception>
    /// <exception cref="IOException">The upload is in a file that cannot be read.</exception>
    public IReadOnlyList<ReadOnlyMemory<byte>> Unacknowledged => [.. UnacknowledgedMessages.Select(message => message.Bytes)];

    /// <summary>The messages of <see cref="Unacknowledged"/>, an upload in a file among them.</summary>
    public IReadOnlyList<SignedMessage> UnacknowledgedMessages =>
    [
        .. UnsentUpload is SignedMessage upload ? [upload] : Array.Empty<SignedMessage>(),
        .. _state.Statement is byte[] statement ? [new SignedMessage(statement)] : Array.Empty<SignedMessage>(),
    ];

    /// <summary>
    /// Whether a sum has a contribution that the client does not remember, in a job with control terms: it lost its state, or went back to an old one. It gets every model and contributes no more. Its
    /// announcements say so, and the server invites it no more: see <see cref="Server.FederationServer.WithdrawnClients"/>.
    /// </summary>
    public bool IsControlLost => _state.Controls?.IsLost == true;

    /// <summary>The stamp of the state; the newest saved state has it once it is saved.</summary>
    public StateStamp Stamp => _state.Stamp;

    /// <summary>
    /// Creates the message that announces the client to the server; send it at the start and after every interruption. It
    /// may be called while a message is being handled.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The trainer counts less than one sample.</exception>
    /// <exception cref="PrivacyRefusedException">The job has noised counts, and the client's is in no saved state: call <see cref="SaveState"/> and write its bytes first.</exception>
    public ReadOnlyMemory<byte> Announce()
    {
        RequireSavedCount();
        using IDisposable? scope = BeginScope();
        long weight = CountSamples();
        Volatile.Write(ref _announcedWeight, weight);
        _state.IsRequestOpen = false;
        bool isHidden = Job.Terms.Weighting == Weighting.Hidden;

        // Under privacy terms everybody counts 1, and whether a client has more is not told.
        bool isCapped = _models.SampleCount > weight && _privacy is null;
        if (isCapped)
        {
            Log.WeightCapped(_logger, Client, _models.SampleCount, weight);
        }

        byte[] proof = _lives.NextProof();
        var announcement = new Announcement(
            Job.JobId, Client, Job.Digest, Job.Terms.Mask.Digest, isHidden ? 0 : weight, isCapped && !isHidden, ModelRound, proof)
        {
            Epoch = Job.EpochNumber,
            IsWithdrawn = IsControlLost,
        };
        byte[] bytes = _outbox.Send(announcement, out Digest digest);
        _lives.Announced(new SentProof(digest, proof));
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
        return _outbox.RequestLatest();
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
    /// <exception cref="ModelValueException">
    /// The trained model cannot be encrypted; nothing is sent. Under privacy terms a difference that is not finite counts as zeros, and is sent with its noise.
    /// </exception>
    /// <exception cref="FrozenAdapterException">The trainer moved the half of an adapter that the round keeps; nothing is sent.</exception>
    /// <exception cref="CorrectionMissingException">The job has control terms, and the trainer did not say how far it went with corrected gradients; nothing is sent.</exception>
    /// <exception cref="HeException">The privacy mechanism failed, such as without random bytes; nothing is sent.</exception>
    /// <exception cref="HeMismatchException">
    /// The trained model has another layout than the job; nothing is sent.
    /// </exception>
    /// <exception cref="ArgumentOutOfRangeException">
    /// The trainer counted less than one sample; nothing is sent.
    /// </exception>
    /// <exception cref="InvalidOperationException">The trainer returned no model; nothing is sent.</exception>
    /// <exception cref="ObjectDisposedException">The keys or the identity were disposed; nothing is sent.</exception>
    /// <exception cref="ConcurrentUseException">An earlier message is still being handled; this one changes nothing.</exception>
    /// <exception cref="PrivacyRefusedException">
    /// The trainer trained under other terms than the job's, and nothing is sent; or the job has noised counts and the client's is in no saved state, and nothing has changed.
    /// </exception>
    /// <remarks>Exceptions of the trainer pass through; the client is unchanged and can still be used.</remarks>
    public async Task<ClientStep> HandleAsync(ReadOnlyMemory<byte> message, CancellationToken cancellationToken = default)
    {
        using ExclusiveUse.Call call = _use.Begin();
        using IDisposable? scope = BeginStep();
        ServerMessage? parsed = _reader.TryRead(message, out IgnoredReason reason);
        return await HandleAsync(parsed, reason, message, message.Length, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>
    /// Handles a message from the server in a stream that can seek, from its position to its end. A client with its models in files reads an aggregate where it lies, a part at a time and four times: to verify
    /// that it is what the server signed, to verify its form, to verify its tags, and to decrypt it. Other messages, and aggregates of other clients, are read into memory.
    /// </summary>
    /// <param name="message">The bytes that arrived; untrusted. The stream stays open, and need not be kept afterwards.</param>
    /// <param name="cancellationToken">Cancels training, which leaves the client unchanged.</param>
    /// <returns>The messages to deliver to the server, and the state to save before.</returns>
    /// <exception cref="ArgumentException">The stream cannot be read or cannot seek.</exception>
    /// <exception cref="MessageChangedException">The bytes changed while they were read; the client has the model that it had, and can still be used.</exception>
    /// <exception cref="ModelChangedException">The trained model changed while it was encrypted; nothing is sent, and the next invitation trains again.</exception>
    /// <exception cref="IOException">
    /// The stream or a file of the client cannot be read or written, as on a full disk. The client can still be used: pass the message in again. It keeps a training whose upload could not be written, and what
    /// else the call did, such as opening a sum before the next upload failed, is in the state of the next step.
    /// </exception>
    /// <remarks>The exceptions of <see cref="HandleAsync(ReadOnlyMemory{byte}, CancellationToken)"/> apply as well.</remarks>
    public async Task<ClientStep> HandleAsync(Stream message, CancellationToken cancellationToken = default)
    {
        RequireSeekable(message);
        using ExclusiveUse.Call call = _use.Begin();
        using IDisposable? scope = BeginStep();
        using var steady = new SteadyStream(message);
        var source = MessageContent.Of(steady);
        ServerMessage? parsed = Read(source, out ReadOnlyMemory<byte> signed, out IgnoredReason reason);
        if (parsed is AggregateMessage { Streamed: not null } aggregate && IsOfUse(aggregate) && !aggregate.IsIntact)
        {
            (parsed, reason) = (null, IgnoredReason.ServerSignature);
        }

        return await HandleAsync(parsed, reason, signed, source.Length, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Reads a message that the server signed, but for the content of an aggregate that stays where it is, or returns null and the reason to ignore it.</summary>
    private ServerMessage? Read(MessageContent source, out ReadOnlyMemory<byte> signed, out IgnoredReason reason)
    {
        signed = source.Read(0, (int)Math.Min(source.Length, MessageFormat.LongestBeginning));
        if (_models.ReadsStreams && MessageFormat.PeekKind(signed.Span) == MessageKind.Aggregate)
        {
            return _reader.TryReadAggregate(source, out signed, out reason);
        }

        // What is too long for its kind is ignored for what its beginning says.
        signed = source.Length <= Math.Min(_reader.LimitOf(signed.Span), Array.MaxLength) ? source.Read(0, (int)source.Length) : signed;
        return _reader.TryRead(signed, out reason);
    }

    /// <summary>Tells whether an aggregate may be opened, as far as its beginning says, so that nobody has the client read an old one to its end.</summary>
    private bool IsOfUse(AggregateMessage message) => !_objections.HasStopped && !HasLeft && _lives.Check(message) is null && message.Round > ModelRound;

    private static void RequireSeekable(Stream message)
    {
        ArgumentNullException.ThrowIfNull(message);
        if (!message.CanRead || !message.CanSeek)
        {
            throw Throw.StreamNotSeekable(nameof(message));
        }
    }

    /// <summary>Handles a message that was read, or ignores bytes that were refused.</summary>
    /// <param name="parsed">The message, or null.</param>
    /// <param name="reason">The reason to ignore the bytes, where there is no message.</param>
    /// <param name="bytes">The bytes of the message, but for an aggregate in a stream.</param>
    /// <param name="length">The length of the message in bytes.</param>
    /// <param name="cancellationToken">Cancels training.</param>
    private async Task<ClientStep> HandleAsync(
        ServerMessage? parsed, IgnoredReason reason, ReadOnlyMemory<byte> bytes, long length, CancellationToken cancellationToken)
    {
        if (parsed is null)
        {
            return EndStep(Ignore(reason));
        }

        if (_objections.HasStopped)
        {
            return EndStep(Ignore(IgnoredReason.Stopped));
        }

        // Only a server that was set back asks for the vote of a member that left.
        if (HasLeft && parsed is not EpochOffer)
        {
            return EndStep(Ignore(IgnoredReason.HasLeft));
        }

        if (_lives.Check(parsed) is IgnoredReason other)
        {
            return EndStep(Ignore(other));
        }

        // A step that ends with an exception hands nothing out, and the next one owes what it owed.
        _owesProof = _lives.Remember(parsed, bytes) || (_owesProof && _state.EarlierProof.Length > 0);
        SignedMessage[] proof = _owesProof ? [new SignedMessage(SendProofAtOnce())] : [];
        IReadOnlyList<SignedMessage> answers = parsed switch
        {
            Invitation invitation => await HandleAsync(invitation, cancellationToken).ConfigureAwait(false),
            AggregateMessage aggregate => await HandleAsync(aggregate, bytes, length, cancellationToken).ConfigureAwait(false),
            _ => SignedMessage.All(HandleShort(parsed, bytes)),
        };
        ClientStep step = EndStep(proof.Length == 0 ? answers : [.. proof, .. answers]);
        _owesProof = false;
        return step;
    }

    private ReadOnlyMemory<byte>[] HandleShort(ServerMessage parsed, ReadOnlyMemory<byte> message) => parsed switch
    {
        HistoryMessage history => _chain.To(history),
        ConfirmationsMessage confirmations => _chain.To(confirmations),
        Acknowledgement acknowledgement => Handle(acknowledgement),
        KeySumMessage keys => _objections.To(keys, message, _exchange),
        Inquiry inquiry => _objections.To(inquiry),
        CheckRequest request => _objections.To(request),
        Conclusion conclusion => Handle(conclusion),
        MemberKeyRequest request => _committee.To(request),
        BoxDelivery delivery => _committee.To(delivery, message.Length),
        ListOffer offer => _committee.To(offer, message.Length),
        EpochOffer offer => _committee.To(offer),
        EpochMessage epoch => _committee.To(epoch, UseKeys),
        _ => _replies.Ignore(IgnoredReason.UnexpectedMessage),
    };

    private SignedMessage[] Ignore(IgnoredReason reason) => SignedMessage.All(_replies.Ignore(reason));

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
        => _training.IsRunning && _reader.TryRead(message, out _) is ServerMessage parsed && _training.Notice(parsed);

    /// <summary>
    /// Takes notice of a message in a stream that can seek, from its position to its end, as <see cref="Notice(ReadOnlyMemory{byte})"/> does. A client with its models in files reads only the beginning
    /// and the end of an aggregate, which say whose it is.
    /// </summary>
    /// <remarks>The method may be called at any time, from any thread that has the stream for itself meanwhile. A message that the server has not signed does nothing.</remarks>
    /// <param name="message">The bytes that arrived; untrusted. The stream stays open, and at its position.</param>
    /// <returns>Whether an upload for the training in progress is of no use any more.</returns>
    /// <exception cref="ArgumentException">The stream cannot be read or cannot seek.</exception>
    /// <exception cref="IOException">The stream cannot be read.</exception>
    public bool Notice(Stream message)
    {
        RequireSeekable(message);
        if (!_training.IsRunning)
        {
            return false;
        }

        long position = message.Position;
        try
        {
            return Read(MessageContent.Of(message), out _, out _) is ServerMessage parsed && _training.Notice(parsed);
        }
        finally
        {
            message.Position = position;
        }
    }

    /// <summary>
    /// Saves everything that a resumed client needs: what it sent and has not been acknowledged, the latest aggregate, and, under
    /// the <see cref="FederationClientSetup.Protector"/> of the setup, what it trained. It holds no key; the client signs it.
    /// </summary>
    /// <remarks>
    /// A host that saves <see cref="ClientStep.State"/> of every step need not call this method, but in a job with noised counts: there it writes the bytes to disk before it announces a client that
    /// was not restored.
    /// </remarks>
    /// <param name="destination">Receives the bytes.</param>
    /// <exception cref="ConcurrentUseException">A message is being handled.</exception>
    public void SaveState(IBufferWriter<byte> destination)
    {
        ArgumentNullException.ThrowIfNull(destination);
        using ExclusiveUse.Call call = _use.Begin();
        ClientStateFormat.Write(_state, _setup, destination);
        _isCountSaved = true;
    }

    /// <summary>Lets a client announce itself whose host saves no state, because the job ends with the process and no later life of the client can draw a second noised count.</summary>
    internal void EndWithProcess() => _isCountSaved = true;

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
    /// <exception cref="StateRefusedException">The bytes are not a saved state of this client, or a file that the state names is not there; no file was deleted.</exception>
    /// <exception cref="IOException">A file that the state names cannot be read now; no file was deleted.</exception>
    /// <exception cref="UnauthorizedAccessException">The system does not let a file be read that the state names; no file was deleted.</exception>
    /// <remarks>
    /// The constructor's exceptions apply as well. A client with its models in files opens no aggregate again: it reads its model, its upload and the initial model once, and compares them with the state and the job.
    /// It goes on without an upload that the server acknowledged and that is not there any more, and answers <see cref="IgnoredReason.UploadNotKept"/> where it is asked for.
    /// </remarks>
    public static FederationClient Restore(FederationClientSetup setup, ReadOnlyMemory<byte> state, StateStamp? newest = null)
    {
        ArgumentNullException.ThrowIfNull(setup);
        FederationClientSetup.RequireModels(setup);
        ClientState read = ClientStateFormat.Read(state, setup, newest);
        var client = new FederationClient(setup, read) { _isCountSaved = true };
        try
        {
            client.Reopen(isNewest: newest is not null);
            client._outbox.Resume();
            return client;
        }
        catch
        {
            client.Dispose();
            throw;
        }
    }

    /// <summary>Zeroes what the client holds as a member of a committee, and noise that it remembers, and closes its files. The keys and the identity of the setup stay the caller's.</summary>
    /// <remarks>No call may be in progress: another client may have the folder of the files from now on.</remarks>
    public void Dispose()
    {
        _models?.Dispose();
        _membership?.Dispose();
        _privacy?.Dispose();
    }

    private ClientKeys? CurrentKeys => _keys.TryGetValue(Job.Authority.KeyId, out ClientKeys? keys) ? keys : null;

    private SignedMessage? UnsentUpload => _state.Upload is { IsAcknowledged: false } upload && !HasLeft ? upload.Message : null;

    private bool HasNoisedCount => _state.NoisedCount > 0;

    private void RequireSavedCount()
    {
        if (HasNoisedCount && !_isCountSaved)
        {
            throw new PrivacyRefusedException(PrivacyRefusal.NoisedCountNotSaved);
        }
    }

    private bool HasLeft => _state.Outcome == FederationOutcome.Left;

    // A client opens no sum of an epoch before its own, so it lacks nothing where none came since.
    private bool HasLastModel => IsUpToDate || LatestRound < Job.Epoch.FirstRound;

    private static ClientState Begin(FederationClientSetup setup)
    {
        ArgumentNullException.ThrowIfNull(setup);
        return new ClientState(new EpochLine(setup.Job)) { Template = setup.Files is null ? setup.InitialModel : null };
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

    /// <summary>
    /// Announces the client with what an earlier life said, because another life speaks unasked. It happens once for every life, which
    /// a message that the server has not signed, or that arrives again, does not begin.
    /// </summary>
    private ReadOnlyMemory<byte> SendProofAtOnce()
    {
        ReadOnlyMemory<byte> announcement = Announce();
        _lives.Repeat();
        return announcement;
    }

    private IDisposable? BeginStep()
    {
        RequireSavedCount();
        _models.BeginStep();
        _replies.Begin();
        return BeginScope();
    }

    private ClientStep EndStep(IReadOnlyList<SignedMessage> messages)
    {
        if (_state.IsChanged)
        {
            _models.EndStep();
        }

        // A fault before this leaves the change to the next step.
        bool isChanged = _state.EndStep();
        bool isLedgerChanged = _membership?.EndStep() == true;
        return new ClientStep([.. messages])
        {
            Ignored = _replies.Ignored,
            Refusal = _replies.Refusal,
            ModelRound = ModelRound,
            State = isChanged ? new SavedState(_state.Stamp, () => _state.Stamp, SaveState) : null,
            Ledger = isLedgerChanged ? new SavedState(_membership!.Stamp, () => _membership.Stamp, SaveLedger) : null,
        };
    }

    /// <summary>Opens the files of a saved state, or its aggregate again, with all checks, in the epoch that it is of.</summary>
    private void Reopen(bool isNewest)
    {
        (_models as FileModels)?.Resume(isNewest);
        if (_models is not MemoryModels memory || _state.AggregateMessage is not ReadOnlyMemory<byte> bytes)
        {
            return;
        }

        FederationJob job = _state.Epochs.Of(ModelRound);
        ClientKeys keys = _keys.GetValueOrDefault(job.Authority.KeyId) ?? throw Throw.KeysOfTheModelMissing();
        IModelExchange exchange = ModelExchange.Of(_setup with { Job = job, Keys = keys });
        bool isOpened = _reader.TryRead(bytes, out _) is AggregateMessage message
            && message.Round == ModelRound
            && exchange.DigestOf(message) == _state.ModelDigest
            && memory.TryReopen(exchange, message);
        if (!isOpened)
        {
            throw new StateRefusedException(StateError.Inconsistent);
        }
    }

    private async Task<IReadOnlyList<SignedMessage>> HandleAsync(Invitation invitation, CancellationToken cancellationToken)
    {
        if (invitation.Epoch != Job.EpochNumber)
        {
            return SignedMessage.All(_replies.IgnoreOtherEpoch(invitation.Epoch));
        }

        if (NeedsKeys)
        {
            return Ignore(IgnoredReason.NoKeys);
        }

        if (ClientRules.Check(invitation, _state, Job, Client, _exchange) is IgnoredReason reason)
        {
            return Ignore(reason);
        }

        if (_state.Upload is SentUpload sent && sent.Invitation.Slot == invitation.Slot)
        {
            // Never encrypt something else for the same attempt: the server might have the first upload already.
            return _models.Holds(sent) ? [sent.Message] : Ignore(IgnoredReason.UploadNotKept);
        }

        _state.Latest = invitation;
        _state.Outcome = null;
        _state.LatestRound = invitation.BaseRound;
        if (invitation.BaseRound > ModelRound)
        {
            Log.CatchingUp(_logger, Client, invitation.BaseRound);
            _state.Pending = invitation;
            return SignedMessage.All(_outbox.Request(invitation.BaseRound));
        }

        _state.Pending = null;
        if (_owesProof)
        {
            // The server hears the proof before a training and not after it, and then stops, or invites the client again.
            return [];
        }

        bool trains = _state.Result?.Serves(invitation, _state.ClosedRound) != true;
        if (_privacy?.WouldExceed(invitation.Slot.Round, invitation.Slot.Attempt, trains) == true)
        {
            return Ignore(IgnoredReason.BudgetSpent);
        }

        if (_state.Noise?.HasNoiseFor(invitation.Slot) == false)
        {
            return Ignore(IgnoredReason.NoiseLost);
        }

        if (_state.Controls?.IsLost == true)
        {
            // The server has not heard it yet, or has lost it.
            return [.. Ignore(IgnoredReason.ControlLost), new SignedMessage(Announce())];
        }

        return await TrainAndEncryptAsync(invitation, cancellationToken).ConfigureAwait(false);
    }

    private async Task<IReadOnlyList<SignedMessage>> TrainAndEncryptAsync(Invitation invitation, CancellationToken cancellationToken)
    {
        UploadSlot slot = invitation.Slot;
        _state.Trained = invitation;
        TrainingTask task = _strategy.TaskOf(Job, slot.Round, Client) with
        {
            Attempt = slot.Attempt,
            Privacy = Job.Update.Privacy,
            Moving = Job.Update.Adapters?.MovingIn(slot.Round),
            Part = _privacy?.PartOf(slot.Round),
            Correction = _state.Controls?.CorrectionOf(Job.Terms.Layout),
            NoisedCount = HasNoisedCount ? _state.NoisedCount : null,
        };

        // Whose round it is follows from the roster, so that a client that sends its noise alone tells nothing by not training.
        bool isNoiseAlone = _privacy?.Contributes(slot.Round) == false;
        TrainedResult? kept = isNoiseAlone ? new TrainedResult(invitation, Model) : _state.Result;
        if (kept is null || !(isNoiseAlone || kept.Serves(invitation, _state.ClosedRound)))
        {
            _privacy?.BeginTraining(slot.Round);
            kept = await _training.TrainAsync(invitation, task, cancellationToken).ConfigureAwait(false);
            if (kept is null)
            {
                // A result that serves the newer invitation waits for it, which the host passes in next.
                return Ignore(IgnoredReason.Overtaken);
            }
        }

        // A result that cannot be encrypted is not kept: the next invitation trains again. A disk that is full, or a model that cannot be read now, is not the result's fault.
        TrainedResult? before = _state.Result;
        _state.Result = null;
        SentUpload upload;
        try
        {
            upload = Encrypt(invitation, kept, Math.Min(Weight, task.WeightLimit));
        }
        catch (Exception fault) when (_setup.Files is not null && (fault is UnauthorizedAccessException || fault is IOException and not ModelChangedException))
        {
            _state.Result = before;
            throw;
        }

        _state.Result = kept;
        _state.Upload = upload;
        if (_state.Squeeze is SqueezeKeeper keeper)
        {
            keeper.IsRefused = false;
        }

        _state.Touch();
        return [upload.Message];
    }

    /// <summary>
    /// The weight that the client announced last. A resumed client that is invited before it announces itself has the weight that it
    /// would announce, because what it announced in an earlier life need not be in its state.
    /// </summary>
    private long Weight => Volatile.Read(ref _announcedWeight) is long announced and > 0 ? announced : CountSamples();

    /// <summary>Returns the number of samples, at most the largest weight of the job, or the noised count that stands for it.</summary>
    private long CountSamples()
    {
        if (HasNoisedCount)
        {
            return _state.NoisedCount;
        }

        long samples = _models.SampleCount;
        ArgumentOutOfRangeException.ThrowIfLessThan(samples, 1, nameof(ILocalTrainer.SampleCount));
        return Math.Min(samples, Job.Terms.MaxWeight);
    }

    /// <summary>Begins the scope of a call; its round is the one that the client works on or waits for.</summary>
    private IDisposable? BeginScope() => LogScopes.Begin(_logger, Job.JobId, Math.Min(ModelRound + 1, Job.Settings.Rounds), Client);

    private SentUpload Encrypt(Invitation invitation, TrainedResult trained, long weight)
    {
        UploadSlot slot = invitation.Slot;
        using var phase = MeasuredPhase.Encrypt(_instruments, _time, Client, slot.Round);
        SentUpload upload = _models.Encrypt(_exchange, invitation, trained, weight, out long clamped);
        if (clamped > 0)
        {
            Log.Clamped(_logger, Client, clamped, slot.Round);
        }

        Log.UpdateEncrypted(_logger, Client, slot.Round, upload.Message.Length);
        _reporter.Report(slot.Round, ClientPhase.Encrypted, phase.Elapsed, upload.Message.Length);
        return upload;
    }

    private async Task<IReadOnlyList<SignedMessage>> HandleAsync(
        AggregateMessage message, ReadOnlyMemory<byte> bytes, long length, CancellationToken cancellationToken)
    {
        if (_exchange.DigestOf(message) is not Digest digest)
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

        bool wasLost = IsControlLost;
        if (Decrypt(message, digest, bytes, length) is IgnoredReason refused)
        {
            return SignedMessage.All(_objections.Refuse(refused, message.Round, digest, bytes));
        }

        _membership?.Conclude(message.Round);

        // Enough answers of a committee leave no room for another list, but the server must not take a sum back that clients have opened. A
        // sum that the client catches up with was confirmed long ago.
        SignedMessage[] confirmation = Job.Protection == JobProtection.RoundKeys && IsUpToDate
            ? [new SignedMessage(_outbox.State(new Confirmation(Job.JobId, Client, ModelRound, digest)))]
            : [];
        if (IsControlLost && !wasLost)
        {
            // An invitation that waits for this sum is not followed any more, and might not be for another reason, which tells the server nothing.
            _state.Pending = _state.Pending is { } waiting && waiting.BaseRound > ModelRound ? waiting : null;
            return [.. confirmation, new SignedMessage(Announce())];
        }

        return _state.Pending is Invitation pending && pending.BaseRound == ModelRound
            ? [.. confirmation, .. await HandleAsync(pending, cancellationToken).ConfigureAwait(false)]
            : confirmation;
    }

    private IgnoredReason? Decrypt(AggregateMessage message, Digest digest, ReadOnlyMemory<byte> bytes, long length)
    {
        using var phase = MeasuredPhase.Decrypt(_instruments, _time, Client, message.Round);
        if (_models.TryOpen(_exchange, message, bytes) is IgnoredReason reason)
        {
            return reason;
        }

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
        Log.ModelReceived(_logger, Client, ModelRound, _models.Summary!.Contributions);
        _reporter.Report(ModelRound, ClientPhase.Decrypted, phase.Elapsed, length);
        return null;
    }

    private ReadOnlyMemory<byte>[] Handle(Acknowledgement acknowledgement)
    {
        if (!_outbox.HasSent(acknowledgement.MessageDigest))
        {
            return _replies.Ignore(IgnoredReason.UnknownMessage);
        }

        if (acknowledgement.Reason != RefusalReason.None)
        {
            _replies.NoteRefusal(acknowledgement.Reason);
        }

        bool isPutOff = acknowledgement.Reason == RefusalReason.OutOfTurn;
        if (!isPutOff && _state.Upload is { IsAcknowledged: false } upload && upload.Digest == acknowledgement.MessageDigest)
        {
            _state.Squeeze?.Answer(acknowledgement.Reason);
        }

        _outbox.Acknowledge(acknowledgement.MessageDigest, isPutOff);
        return [];
    }

    private ReadOnlyMemory<byte>[] Handle(Conclusion conclusion)
    {
        if (ClientRules.Check(conclusion, _state, Job) is IgnoredReason reason)
        {
            return _replies.Ignore(reason);
        }

        _state.Outcome = conclusion.Outcome;
        _state.Touch();
        _membership?.Conclude(Job.Settings.Rounds);
        _state.Pending = null;
        _state.LatestRound = conclusion.Round;

        // No invitation follows that would make up for a lost aggregate, so a client that lacks the last one asks for it now.
        return HasLastModel ? [] : _outbox.Request(conclusion.Round);
    }
}
