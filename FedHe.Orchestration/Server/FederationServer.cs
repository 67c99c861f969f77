using System.Buffers;
using System.Collections.Immutable;
using FedHe.Crypto;
using FedHe.Crypto.Errors;
using FedHe.Crypto.Identities;
using FedHe.Crypto.Random;
using FedHe.MLBridge.Errors;
using FedHe.MLBridge.Identities;
using FedHe.MLBridge.Updates;
using FedHe.Orchestration.Concurrency;
using FedHe.Orchestration.Diagnostics;
using FedHe.Orchestration.Epochs;
using FedHe.Orchestration.Errors;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Messages;
using FedHe.Orchestration.Persistence;
using FedHe.Orchestration.Planning;
using FedHe.Orchestration.RoundKeys;
using FedHe.Orchestration.Strategies;
using FedHe.Orchestration.Sums;
using Microsoft.Extensions.Logging;

namespace FedHe.Orchestration.Server;

/// <summary>
/// A federation server runs one job: it invites clients, folds their encrypted updates into a sum and broadcasts the
/// aggregate, round after round. It has no transport, thread or clock of its own, and it takes one call at a time.
/// </summary>
/// <remarks>
/// The host passes messages in. Each call returns a step: the host saves its state, if there is one, then delivers its
/// messages, and calls <see cref="Advance"/> when <see cref="DueIn"/> has passed. A call that overlaps another one throws <see
/// cref="ConcurrentUseException"/> and changes nothing. Source: FedML-HE, Algorithm 1, the server's part.
/// </remarks>
/// <example>
/// <code>
/// // The host saves states, sends the messages of the outbox, and passes in the bytes that clients send: byte[] received.
/// using var server = new FederationServer(new FederationServerSetup { Context = he.Public, Job = job, Identity = identity });
/// byte[] saved = server.Start().State!.ToArray();
/// var outbox = new Queue&lt;OutgoingMessage&gt;();
/// ServerStep step = server.Handle(received);
/// if (step.State is SavedState state)
/// {
///     saved = state.ToArray(); // On disk before any of the messages leaves.
/// }
///
/// foreach (OutgoingMessage message in step.Messages)
/// {
///     outbox.Enqueue(message);
/// }
/// </code>
/// </example>
public sealed class FederationServer : IDisposable
{
    private readonly FederationServerSetup _setup;
    private readonly ServerState _state;
    private readonly MessageLimits _limits;
    private readonly MessageAuthentication _authentication;
    private readonly Outbox _outbox;
    private readonly InspectionRunner _inspections;
    private readonly OpeningRunner _openings;
    private readonly RenewalRunner _renewals;
    private readonly RoundRunner _rounds;
    private readonly UploadIntake _intake;
    private readonly AnsweredRequests _requests = new();
    private readonly List<Contribution> _accepted = [];
    private readonly ILogger _logger;
    private readonly Instruments _instruments;
    private readonly ExclusiveUse _use = new(nameof(FederationServer));

    /// <summary>Creates the server of a job that has not begun.</summary>
    /// <param name="setup">The parts of the server.</param>
    /// <exception cref="HeMismatchException">
    /// The context's parameters, the identity or the strategy do not belong to the job.
    /// </exception>
    /// <exception cref="InsecureFederationException">The job protects nothing, and the setup does not allow that.</exception>
    /// <exception cref="HeParameterException">A prime of the job's scheme is too small for tags, as round keys need.</exception>
    /// <exception cref="NotSupportedException">
    /// This package has no strategy with the job's strategy name, or sums of the job's scheme cannot be bound by tags, as round
    /// keys need.
    /// </exception>
    /// <exception cref="HeCapacityException">
    /// Values of magnitude 1 do not fit the parameters, or the job's scheme cannot add up round keys exactly.
    /// </exception>
    /// <exception cref="ArgumentException">
    /// The strategy refuses the settings, the roster has fewer clients than the quorum, or a client has the server's key.
    /// </exception>
    /// <exception cref="PlanRefusedException">
    /// A full round of the largest weights does not fit the parameters, or its messages are longer than the setup allows.
    /// </exception>
    public FederationServer(FederationServerSetup setup)
        : this(setup, FederationServerSetup.Validate(setup), setup.CreateProtocol(), new ServerState(new EpochLine(setup.Job), new SumFolder(setup.SumFolder, setup.Job.JobId)) { LifeId = NewLifeId() })
    {
    }

    private FederationServer(FederationServerSetup setup, IAggregationStrategy strategy, RoundKeyProtocol? protocol, ServerState state)
    {
        _setup = setup;
        Plan = CreatePlan(setup, protocol, state);
        _state = state;
        _logger = new SafeLogger(setup.Logger);
        _instruments = new Instruments(setup.MeterFactory, Job.JobId, Job.Roster);
        _limits = new MessageLimits(Job, Plan, setup.Safety);
        _authentication = new MessageAuthentication(setup, state, _limits);
        _outbox = new Outbox(setup);
        _inspections = new InspectionRunner(setup, state, _outbox, _logger);
        _openings = new OpeningRunner(state, _outbox);
        _renewals = new RenewalRunner(state, _outbox, _logger, _instruments);
        _rounds = new RoundRunner(setup, strategy, protocol, state, _outbox, _logger, _instruments, _inspections, _openings, _renewals);
        _intake = new UploadIntake(setup, Plan, protocol?.Inner ?? setup.Context, state, _logger, _instruments);
        using IDisposable? scope = BeginScope();
        Log.KernelsOfServer(_logger, HeKernels.Current);
    }

    /// <summary>The job in its current epoch, for the next plan.</summary>
    public FederationJob Job => _state.Epochs.Job;

    /// <summary>The certificates of all epochs after the first one, in their order: what a client that joins needs beside the job.</summary>
    public IReadOnlyList<ReadOnlyMemory<byte>> Certificates => [.. _state.Epochs.Certificates.Select(certificate => certificate.Bytes)];

    /// <summary>The plan of the job's rounds.</summary>
    public FederationPlan Plan { get; }

    /// <summary>The current phase of the job.</summary>
    public ServerPhase Phase => _state.Phase;

    /// <summary>The current round, from 1; 0 before the start.</summary>
    public int Round => _state.Round;

    /// <summary>The current attempt at the round, from 1; 0 before the start.</summary>
    public int Attempt => _state.Attempt;

    /// <summary>The last round that has an aggregate; 0 before the first.</summary>
    public int LastAggregatedRound => _state.LastAggregatedRound;

    /// <summary>
    /// The time after which <see cref="Advance"/> must be called even if no message arrives: zero when it is due, and null when
    /// nothing is waited for. It runs on the monotonic clock, so that a clock that is set changes nothing.
    /// </summary>
    public TimeSpan? DueIn => _rounds.Deadlines.Remaining;

    /// <summary>The stamp of the state; the newest saved state has it once it is saved.</summary>
    public StateStamp Stamp => _state.Stamp;

    /// <summary>The outcome of the job, or null while it has not ended.</summary>
    public FederationOutcome? Outcome => _state.Outcome;

    /// <summary>The clients that announced themselves and were not reported unreachable, sorted.</summary>
    public IReadOnlyList<ClientId> AvailableClients => [.. _state.Available];

    /// <summary>
    /// The members of the committee that the job waits for, sorted, each with the kind of message that it owes: its vote for the next epoch,
    /// its key of the round, its report or its answer. A round goes on with the messages of a quorum, and an epoch begins with the votes of t members.
    /// </summary>
    public IReadOnlyDictionary<ClientId, MessageKind> AwaitedMembers => _openings.Awaited();

    /// <summary>The uploads of the open attempt that were folded in so far, in the order of arrival.</summary>
    public ImmutableArray<Contribution> Contributions => [.. _state.Contributions];

    /// <summary>
    /// The clients that an inspection excluded from the job, with the reasons. Nothing that they send is accepted, and they are not
    /// invited.
    /// </summary>
    public IReadOnlyDictionary<ClientId, ExclusionReason> ExcludedClients => _state.Excluded.ToImmutableSortedDictionary();

    /// <summary>
    /// Returns the length in bytes above which a message of a kind is refused unread, for a host that limits what it takes in. It follows from
    /// the job and from <see cref="FederationServerSetup.Safety"/>.
    /// </summary>
    /// <param name="kind">The kind that a message states: see <see cref="MessageInfo"/>.</param>
    public long LongestMessage(MessageKind kind) => _limits.Of(kind);

    /// <summary>Starts the job: begins the first round, or waits for clients.</summary>
    /// <returns>The messages to deliver, and the state to save before.</returns>
    /// <exception cref="InvalidOperationException">The job has already started.</exception>
    /// <exception cref="ConcurrentUseException">Another call is running.</exception>
    public ServerStep Start()
    {
        using ExclusiveUse.Call call = _use.Begin();
        using IDisposable? scope = BeginScope();
        if (Phase != ServerPhase.NotStarted)
        {
            throw Throw.JobHasStarted();
        }

        _rounds.Start();
        return EndStep();
    }

    /// <summary>
    /// Proposes the plan of the next epoch, which the committee votes for after the next sum, or at once where no round is in progress since
    /// the last one. The plan of the current epoch changes nothing: after a restart from an older state propose the newest plan again, because
    /// members repeat their votes. A plan that members vote for already is offered once more to those that have not voted. No round begins before
    /// enough of them have: it would need as many.
    /// </summary>
    /// <param name="plan">The plan, from the job's authority.</param>
    /// <returns>The messages to deliver, and the state to save before.</returns>
    /// <exception cref="EpochRefusedException">The plan is not the one of the next epoch, for the reason that the exception names.</exception>
    /// <exception cref="InvalidOperationException">Members vote for another plan already.</exception>
    /// <exception cref="ConcurrentUseException">Another call is running.</exception>
    public ServerStep Propose(EpochPlan plan)
    {
        ArgumentNullException.ThrowIfNull(plan);
        using ExclusiveUse.Call call = _use.Begin();
        using IDisposable? scope = BeginScope();
        bool isCurrent = _state.Epochs.Latest?.Plan.Digest == plan.Digest;
        if (!isCurrent)
        {
            plan.Check(Job);
            bool isUnderWay = _state.Renewal is not null;
            if (isUnderWay && _state.Plan!.Digest != plan.Digest)
            {
                throw Throw.OtherPlanUnderWay();
            }

            if (_state.Plan?.Digest != plan.Digest)
            {
                _state.Plan = plan;
                _state.Touch();
            }

            if (isUnderWay)
            {
                _renewals.Remind();
            }

            _rounds.MoveOn();
        }

        return EndStep();
    }

    /// <summary>
    /// Handles a message and returns the answers. A refused message changes nothing and is answered with the reason.
    /// </summary>
    /// <param name="message">The bytes that arrived; untrusted.</param>
    /// <returns>The messages to deliver, and the state to save before.</returns>
    /// <exception cref="ConcurrentUseException">Another call is running.</exception>
    public ServerStep Handle(ReadOnlyMemory<byte> message)
    {
        using ExclusiveUse.Call call = _use.Begin();
        using IDisposable? scope = BeginScope();
        _rounds.PassDeadline();
        RefusalReason reason = _authentication.Check(message, out ClientMessage? authentic, out ClientId claimed);
        return Handle(message, authentic, claimed, reason, message, message.Length);
    }

    /// <summary>
    /// Handles a message that stays in a stream, such as a file: of a long upload a part is in memory at a time. It counts as a whole or not at all, as any
    /// other. The step's <see cref="ServerStep.Change"/> refers to an upload that came so, and does not hold its bytes.
    /// </summary>
    /// <param name="message">
    /// A stream with the bytes that arrived, from its position to its end; untrusted. It can read and seek. Nobody else writes to it during the call: what
    /// was verified is read again when it is folded in.
    /// </param>
    /// <param name="digests">
    /// What an <see cref="UploadHasher"/> or a <see cref="TransferHasher"/> found out about the same bytes when they arrived, or null, and the server reads them once more for that. Nobody else may have written to the stream since:
    /// the server believes that an upload with the right digests is the one that its client signed.
    /// </param>
    /// <returns>The messages to deliver, and the state to save before.</returns>
    /// <exception cref="ArgumentException">The stream cannot read or seek.</exception>
    /// <exception cref="IOException">The stream could not be read. Restore the server from what was saved last.</exception>
    /// <exception cref="AggregationBrokenException">The stream could not be read when a part was folded in already. Restore the server from what was saved last.</exception>
    /// <exception cref="ConcurrentUseException">Another call is running.</exception>
    public ServerStep Handle(Stream message, UploadDigests? digests = null)
    {
        ArgumentNullException.ThrowIfNull(message);
        if (!message.CanRead || !message.CanSeek)
        {
            throw Throw.StreamNotSeekable(nameof(message));
        }

        MessageContent source = MessageContent.Of(message);
        ReadOnlyMemory<byte> beginning = source.Read(0, (int)Math.Min(source.Length, Outbox.HashedLength));
        if (MessageFormat.PeekKind(beginning.Span) != MessageKind.Upload)
        {
            // What is too long for its kind is refused for what its beginning says.
            return Handle(source.Length <= Math.Min(_limits.Of(beginning.Span), Array.MaxLength) ? source.Read(0, (int)source.Length) : beginning);
        }

        using ExclusiveUse.Call call = _use.Begin();
        using IDisposable? scope = BeginScope();
        _rounds.PassDeadline();
        RefusalReason reason = _authentication.Check(source, out ReadOnlyMemory<byte> signed, out ClientMessage? authentic, out ClientId claimed);
        authentic = authentic is Upload upload ? upload with { Digests = digests } : authentic;
        return Handle(signed, authentic, claimed, reason, beginning, source.Length);
    }

    /// <summary>
    /// Closes, repeats or begins a round if its deadline has passed, and otherwise does nothing. The first call after <see
    /// cref="Restore"/> returns the messages of the last step before, which may not have been delivered.
    /// </summary>
    /// <returns>The messages to deliver, and the state to save before.</returns>
    /// <exception cref="ConcurrentUseException">Another call is running.</exception>
    public ServerStep Advance()
    {
        using ExclusiveUse.Call call = _use.Begin();
        using IDisposable? scope = BeginScope();
        _rounds.PassDeadline();
        return EndStep();
    }

    /// <summary>
    /// Reports that a client cannot be reached. The client is not selected again before it announces itself, and a
    /// round with a quorum does not wait for it.
    /// </summary>
    /// <param name="client">The client.</param>
    /// <returns>The messages to deliver, and the state to save before.</returns>
    /// <exception cref="ConcurrentUseException">Another call is running.</exception>
    public ServerStep ReportUnreachable(ClientId client)
    {
        using ExclusiveUse.Call call = _use.Begin();
        using IDisposable? scope = BeginScope();
        _rounds.PassDeadline();
        if (!TryLose(client))
        {
            return EndStep();
        }

        Log.ClientUnavailable(_logger, client);
        _rounds.MoveOn();
        return EndStep(RefusalReason.None, new ChangeCause { Unreachable = client });
    }

    /// <summary>
    /// Takes a client back into the job that an inspection excluded. The client takes part again when it announces itself; tell it to,
    /// because the server sends it nothing before.
    /// </summary>
    /// <param name="client">The client.</param>
    /// <returns>The messages to deliver, and the state to save before.</returns>
    /// <exception cref="ConcurrentUseException">Another call is running.</exception>
    public ServerStep Readmit(ClientId client)
    {
        using ExclusiveUse.Call call = _use.Begin();
        using IDisposable? scope = BeginScope();
        _rounds.PassDeadline();
        if (_state.Excluded.Remove(client))
        {
            _state.Touch();
        }

        return EndStep();
    }

    /// <summary>
    /// Saves everything that a resumed server needs, so that a resumed round gives the same aggregate. The state holds
    /// ciphertexts, names and digests, but no key; the server signs it.
    /// </summary>
    /// <remarks>A host that saves <see cref="ServerStep.State"/> of every step need not call this method.</remarks>
    /// <param name="destination">Receives the bytes.</param>
    /// <exception cref="ConcurrentUseException">Another call is running.</exception>
    /// <exception cref="InvalidOperationException">The server has stopped, because a newer state of it exists.</exception>
    public void SaveState(IBufferWriter<byte> destination)
    {
        ArgumentNullException.ThrowIfNull(destination);
        using ExclusiveUse.Call call = _use.Begin();
        if (_state.IsSuperseded)
        {
            throw Throw.ServerSuperseded();
        }

        ServerStateFormat.Write(_state, _setup, _rounds.Deadlines, destination);
    }

    /// <summary>
    /// Creates a server that resumes from a saved state. Call <see cref="Advance"/> next, save its state and deliver its
    /// messages.
    /// </summary>
    /// <param name="setup">The same job, identity and context as before.</param>
    /// <param name="state">The bytes of a saved state.</param>
    /// <param name="newest">
    /// The stamp of the newest state or change that was ever saved, which the host keeps apart from them, or null where the host does
    /// not know it. An older state is refused. Without it the server takes the state for a backup: clients count as available only
    /// when they announce themselves again, and an open attempt is closed only when every client that it invited has been heard.
    /// </param>
    /// <param name="changes">
    /// The bytes of each <see cref="ServerStep.Change"/> that was saved after the state, in their order, or null where the host saves none; one is read at a
    /// time. Those that the state has already are passed over, because a host may end between saving a state and emptying its log.
    /// </param>
    /// <param name="openMessage">
    /// A function that opens the message with a digest, to which a change refers (<see cref="SavedChange.Message"/>), or returns null where it is not there; null where
    /// no message came as a stream. It is called for changes alone that the state does not have, and the stream is verified, read and disposed of before it is called again.
    /// </param>
    /// <exception cref="StateRefusedException">
    /// The bytes are not a saved state of this job and this server, or a change is none, or does not follow: <see cref="StateError.Outdated"/> where the state
    /// is older than the changes, or both are older than the newest that was saved, and <see cref="StateError.MessageMissing"/> where a message that a change
    /// refers to is missing or was changed.
    /// </exception>
    /// <exception cref="IOException">A message that a change refers to could not be read.</exception>
    /// <remarks>The constructor's exceptions apply as well.</remarks>
    public static FederationServer Restore(
        FederationServerSetup setup,
        ReadOnlyMemory<byte> state,
        StateStamp? newest = null,
        IEnumerable<ReadOnlyMemory<byte>>? changes = null,
        Func<Digest, Stream?>? openMessage = null)
    {
        IAggregationStrategy strategy = FederationServerSetup.Validate(setup);
        RoundKeyProtocol? protocol = setup.CreateProtocol();
        Guid lifeId = NewLifeId();
        ServerState read = ServerStateFormat.Read(state, setup, protocol, lifeId);
        try
        {
            var server = new FederationServer(setup, strategy, protocol, read);
            foreach (ReadOnlyMemory<byte> change in changes ?? [])
            {
                server.Replay(ServerChange.Read(change, setup), openMessage);
            }

            StateStamp saved = read.Stamp;
            if (newest is StateStamp known && !saved.MayReplace(known))
            {
                throw new StateRefusedException(StateError.Outdated);
            }

            // A host that ended between a change and its stamp has the older stamp.
            bool isNewest = newest?.LifeId == saved.LifeId;
            using IDisposable? scope = server.BeginScope();
            server.GoOnWithSum(isNewest);
            read.Revive(setup.Job, lifeId, isNewest);
            server._outbox.SendAgain(read.Undelivered, read.Aggregate);
            Log.Resumed(server._logger, server.Round, server.Attempt);
            read.Sums.IsRestoring = false;
            return server;
        }
        catch
        {
            read.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _state.Dispose();

    /// <summary>Creates the plan, or leaves the folder of the sums where the plan is refused.</summary>
    private static FederationPlan CreatePlan(FederationServerSetup setup, RoundKeyProtocol? protocol, ServerState state)
    {
        try
        {
            return FederationPlan.CreateForServer(setup.Job, setup.Context, protocol, setup.Safety, hasSumsInFiles: setup.SumFolder is not null);
        }
        catch
        {
            state.Dispose();
            throw;
        }
    }

    /// <summary>Handles a message that was authenticated, or refuses it.</summary>
    /// <param name="message">The message; without the update where that stays in a stream.</param>
    /// <param name="authentic">What the message says, or null where it is refused.</param>
    /// <param name="claimed">The client that the message names.</param>
    /// <param name="reason">The reason for a refusal.</param>
    /// <param name="beginning">The bytes as they arrived, or their beginning.</param>
    /// <param name="length">The length of the bytes that arrived.</param>
    private ServerStep Handle(
        ReadOnlyMemory<byte> message, ClientMessage? authentic, ClientId claimed, RefusalReason reason, ReadOnlyMemory<byte> beginning, long length)
    {
        if (authentic is null)
        {
            CountRefusal(claimed, reason);
            _outbox.RefuseUnknown(beginning.Span, reason);
            return EndStep(reason);
        }

        reason = Phase == ServerPhase.Superseded ? RefusalReason.Superseded
            : _state.Excluded.ContainsKey(authentic.Client) ? RefusalReason.Excluded
            : !Job.Roster.TryGetKey(authentic.Client, out _) ? HandleFormer(authentic, message)
            : authentic switch
            {
                Announcement announcement => Handle(announcement, message),
                Upload upload => Handle(upload, message, length),
                AggregateRequest request => Handle(request, message),
                Confirmation confirmation => Handle(confirmation, message),
                Objection objection => Handle(objection, message),
                KeyApproval approval => Handle(approval, message),
                Showing showing => _inspections.Handle(showing, message),
                Verdict verdict => _inspections.Handle(verdict, message),
                MemberKeyMessage key => _openings.Handle(key, message),
                BoxReport report => _openings.Handle(report, message),
                ShareAnswer answer => Phase == ServerPhase.Renewing ? _renewals.Handle(answer, message) : _openings.Handle(answer, message),
                EpochVote vote => _renewals.Handle(vote, message),
                _ => RefusalReason.UnexpectedMessage,
            };
        if (reason != RefusalReason.None)
        {
            CountRefusal(claimed, reason);
            if (reason == RefusalReason.BadSignature)
            {
                // The head is the client's and the content is not: an answer to the head would settle the genuine message.
                _outbox.RefuseUnknown(beginning.Span, reason);
            }
            else
            {
                _outbox.Acknowledge(message.Span, authentic, reason);
            }
        }

        _rounds.MoveOn();
        return EndStep(reason, authentic switch
        {
            Upload { Streamed: not null } => new ChangeCause { Reference = MessageSignature.DigestOf(message.Span, authentic) },
            Upload or Confirmation => new ChangeCause { Message = message },
            _ => null,
        });
    }

    private RefusalReason Handle(Announcement announcement, ReadOnlyMemory<byte> bytes)
    {
        ClientId client = announcement.Client;
        if (announcement.MaskDigest != Job.Terms.Mask.Digest)
        {
            // The mask is part of the job's digest, but this reason is more precise.
            return RefusalReason.WrongMask;
        }

        if (announcement.JobDigest != Job.Digest)
        {
            return RefusalReason.WrongJob;
        }

        bool isHidden = Job.Terms.Weighting == Weighting.Hidden;
        bool isPossible = announcement.Weight <= Job.Terms.MaxWeight
            && (!announcement.IsCapped || announcement.Weight == Job.Terms.MaxWeight);
        if (isHidden != (announcement.Weight == 0) || !isPossible)
        {
            return RefusalReason.OutOfRange;
        }

        ProofOutcome proof = StateProof.Check(announcement.Proof, _setup, _state);
        if (proof == ProofOutcome.Superseded)
        {
            // Nothing of this step was saved, and clients that hear it would hear the newer server no more.
            _state.IsSuperseded = true;
            _outbox.Discard();
            _rounds.TakeResults();
            Log.Superseded(_logger, client);
            return RefusalReason.Superseded;
        }

        Welcome(client, isHidden ? null : announcement.Weight);
        if (announcement.IsCapped ? _state.Capped.Add(client) : _state.Capped.Remove(client))
        {
            _state.Touch();
        }

        if (proof == ProofOutcome.LostInThisAttempt)
        {
            Log.StateIsOld(_logger, client, Round, Attempt);
            _rounds.MakeUpForLoss(client);
        }

        _outbox.Acknowledge(bytes.Span, announcement, RefusalReason.None);
        if (RoundRules.IsAwaited(_state, Job, client))
        {
            // The client came back, or its invitation was lost.
            _rounds.Invite(client);
        }
        else if (_state.Held is HeldSum held && !held.Approvals.Contains(client) && !held.Objections.ContainsKey(client))
        {
            _outbox.Send(client, new KeySumMessage(Job.JobId, Round, held.KeySum));
        }
        else if (Outcome is FederationOutcome outcome)
        {
            // The aggregate comes first, so that no client learns of the end with an older model. A client that lacks more
            // than the last round asks for it when it reads the conclusion, together with the lists in between.
            if (_state.Aggregate is LatestAggregate latest && latest.Round == announcement.ModelRound + 1 && _requests.TryCount(latest.Round, bytes, announcement))
            {
                _outbox.Send(client, MessageKind.Aggregate, latest.Message);
            }

            _outbox.Send(client, new Conclusion(Job.JobId, outcome, _state.LastAggregatedRound));
        }

        _inspections.Inform(client);
        _openings.Inform(client);
        _renewals.Inform(client);
        SendEpoch(announcement, bytes);
        if (announcement.Epoch > Job.EpochNumber)
        {
            // The state is older than the epoch that the client is in; members vote again for its plan.
            Log.StateIsOld(_logger, client, Round, Attempt);
        }

        if (_state.Aggregate is LatestAggregate known && known.Round == announcement.ModelRound && AreConfirmationsEnough)
        {
            _outbox.Send(client, Confirmations(known.Round));
        }

        return RefusalReason.None;
    }

    /// <summary>
    /// Sends a client that is behind the certificate of the next epoch; it asks for more where it lacks more. A certificate is long, and a
    /// recorded announcement gets none.
    /// </summary>
    private void SendEpoch(Announcement announcement, ReadOnlyMemory<byte> bytes)
    {
        EpochCertificate? next = _state.Epochs.Certificates.FirstOrDefault(certificate => certificate.Plan.Number == announcement.Epoch + 1);
        if (next is not null && _requests.TryCount(_state.LastAggregatedRound, bytes, announcement))
        {
            _renewals.Send(announcement.Client, next);
        }
    }

    /// <summary>Notes that a client can be reached, and its weight.</summary>
    private void Welcome(ClientId client, long? weight)
    {
        if (weight is long announced && _state.Weights.GetValueOrDefault(client) != announced)
        {
            _state.Weights[client] = announced;
            _state.Touch();
        }

        if (_state.Unheard.Remove(client))
        {
            _state.Touch();
        }

        if (_state.Available.Add(client))
        {
            _state.Touch();
            Log.ClientAvailable(_logger, client);
        }
    }

    /// <summary>Counts on a client no longer, and returns false where the server did not before.</summary>
    private bool TryLose(ClientId client)
    {
        bool isLost = _state.Available.Remove(client);
        if (isLost)
        {
            _state.TouchByMessage();
        }

        return isLost;
    }

    /// <summary>
    /// Has the attempt repeated whose sum is lost with its file, or has an upload that nobody sends again, as the state is older than the invitation; and clients send again what the
    /// file has and the state does not.
    /// </summary>
    private void GoOnWithSum(bool isNewest)
    {
        _state.Sums.DeletesLeftovers = isNewest;
        if (_state.Open?.Sum is not RoundSum sum)
        {
            return;
        }

        if (sum.IsLost || !sum.Unaccepted.All(client => RoundRules.IsAwaited(_state, Job, client)))
        {
            _rounds.RepeatLost();
            _state.Undelivered = [.. _state.Undelivered.Where(message => message.Kind != MessageKind.Invitation)];
        }
        else
        {
            _state.Owed.UnionWith(sum.Unaccepted);
        }
    }

    /// <summary>Takes a change in that an earlier life saved, unless the state has it already.</summary>
    private void Replay(ServerChange change, Func<Digest, Stream?>? openMessage)
    {
        StateStamp before = _state.Stamp;
        if (before.MayReplace(change.Stamp))
        {
            bool isKnown = change.Stamp.LifeId == before.LifeId
                || (_state.Lineage.TryGetValue(change.Stamp.LifeId, out long version) && change.Stamp.Version <= version);
            if (!isKnown)
            {
                // The state does not descend from it: what it acknowledged would be lost in silence.
                throw new StateRefusedException(StateError.Outdated);
            }

            return;
        }

        if (change.Stamp != before with { Version = before.Version + 1 })
        {
            throw new StateRefusedException(StateError.Outdated);
        }

        RefusalReason reason = change.Cause switch
        {
            { Reference: Digest reference } => Replay(reference, openMessage),
            { Unreachable: ClientId client } => TryLose(client) ? RefusalReason.None : RefusalReason.UnknownClient,
            _ => Replay(change.Cause.Message),
        };
        _outbox.Discard();
        _accepted.Clear();
        if (reason != RefusalReason.None || !_state.FollowsFromMessage || !_state.EndStep())
        {
            throw ServerChange.Refused(FormatError.Inconsistent);
        }

        change.CompleteState(_state, _rounds.Deadlines);
    }

    private RefusalReason Replay(ReadOnlyMemory<byte> bytes)
    {
        _authentication.Check(bytes, out ClientMessage? message, out _);
        return message switch
        {
            Upload upload => Handle(upload, bytes, bytes.Length, isReplay: true),
            Confirmation confirmation => Handle(confirmation, bytes),
            _ => RefusalReason.UnexpectedMessage,
        };
    }

    /// <summary>Takes an upload in again that is kept apart from the change, and is verified as when it came.</summary>
    private RefusalReason Replay(Digest reference, Func<Digest, Stream?>? openMessage)
    {
        using Stream stream = openMessage?.Invoke(reference) ?? throw new StateRefusedException(StateError.MessageMissing);
        MessageContent source = MessageContent.Of(stream);
        _authentication.Check(source, out ReadOnlyMemory<byte> signed, out ClientMessage? message, out _);
        bool isTheOne = message is Upload && MessageSignature.DigestOf(signed.Span, message) == reference;
        RefusalReason reason = isTheOne ? Handle((Upload)message!, signed, source.Length, isReplay: true) : RefusalReason.BadSignature;
        return reason == RefusalReason.BadSignature ? throw new StateRefusedException(StateError.MessageMissing) : reason;
    }

    private RefusalReason Handle(Upload upload, ReadOnlyMemory<byte> bytes, long length, bool isReplay = false)
    {
        // The signature is left out, because a relay can compute another valid signature of the same content. What it covers
        // has the digest of the update.
        Digest contentDigest = Digest.Compute(MessageSignature.Covered(bytes.Span, upload));
        RefusalReason reason;
        if (_state.Ledger.TryGet(upload.Slot, out Contribution? accepted))
        {
            reason = contentDigest == accepted.ContentDigest ? RefusalReason.None : RefusalReason.ConflictingDuplicate;
        }
        else
        {
            reason = RoundRules.CheckTurn(_state, upload.Slot);
            Digest beginning = default;
            if (reason == RefusalReason.None && !_intake.IsIntact(upload, out beginning))
            {
                reason = RefusalReason.BadSignature;
            }

            if (reason == RefusalReason.None)
            {
                long weight = Job.Protection == JobProtection.RoundKeys
                    ? _rounds.WeightOf(upload.Client)
                    : _rounds.TaskOf(upload.Client).WeightLimit;
                reason = isReplay
                    ? _intake.AcceptAgain(upload, contentDigest, beginning, length, weight)
                    : _intake.Accept(upload, contentDigest, beginning, length, weight);
            }

            if (reason == RefusalReason.None)
            {
                _state.Available.Add(upload.Client);
                _state.Unheard.Remove(upload.Client);
                _state.Owed.Remove(upload.Client);
                InviteTurnedAway();
                if (_state.Ledger.TryGet(upload.Slot, out Contribution? added))
                {
                    _accepted.Add(added);
                }

                _state.TouchByMessage();
            }
        }

        if (reason == RefusalReason.None)
        {
            _outbox.Acknowledge(bytes.Span, upload, RefusalReason.None);
        }

        return reason;
    }

    /// <summary>Invites the clients again whose uploads had to wait for one that the sum had in part.</summary>
    private void InviteTurnedAway()
    {
        if (_state.Open?.Sum is not RoundSum sum || sum.IsStuck)
        {
            return;
        }

        foreach (ClientId client in sum.TurnedAway.Where(client => RoundRules.IsAwaited(_state, Job, client)))
        {
            _rounds.Invite(client);
        }

        sum.TurnedAway.Clear();
    }

    private RefusalReason Handle(AggregateRequest request, ReadOnlyMemory<byte> bytes)
    {
        CatchUp missing = CatchUp.Of(_state, request.Client, request.KnownRound, request.Round);
        if (missing.IsEmpty)
        {
            return RefusalReason.WrongRound;
        }

        if (!_requests.TryCount(_state.LastAggregatedRound, bytes, request))
        {
            return RefusalReason.TooManyRequests;
        }

        foreach (CatchUpPart part in missing.Parts)
        {
            // A client that adds differences up gets the sums themselves.
            if (!part.Lists.IsEmpty && _state.Earlier.Count == 0)
            {
                _outbox.Send(request.Client, new HistoryMessage(Job.JobId, part.Lists));
            }

            if (part.HasAggregate)
            {
                foreach (LatestAggregate earlier in _state.Earlier.Where(earlier => earlier.Round > request.KnownRound))
                {
                    _outbox.Send(request.Client, MessageKind.Aggregate, earlier.Message);
                }

                _outbox.Send(request.Client, MessageKind.Aggregate, _state.Aggregate!.Message);
            }

            if (part.Certificate is EpochCertificate certificate)
            {
                _renewals.Send(request.Client, certificate);
            }
        }

        return RefusalReason.None;
    }

    /// <summary>Handles a message of a client that is on the roster of an earlier epoch only: it gets what leads it to the certificate.</summary>
    private RefusalReason HandleFormer(ClientMessage message, ReadOnlyMemory<byte> bytes)
    {
        switch (message)
        {
            case AggregateRequest request:
                return Handle(request, bytes);
            case EpochVote vote:
                return _renewals.Handle(vote, bytes);
            case Announcement announcement:
                SendEpoch(announcement, bytes);
                return RefusalReason.OtherEpoch;
            default:
                return RefusalReason.OtherEpoch;
        }
    }

    private RefusalReason Handle(Confirmation confirmation, ReadOnlyMemory<byte> bytes)
    {
        if (Job.Protection != JobProtection.RoundKeys || _state.Aggregate is not LatestAggregate latest || confirmation.Round != latest.Round)
        {
            return RefusalReason.WrongRound;
        }

        if (confirmation.Chain != latest.Digest)
        {
            return RefusalReason.WrongBaseModel;
        }

        bool isNew = _state.Confirmations.TryAdd(confirmation.Client, bytes[^MessageSignature.SizeInBytes..].ToArray());
        if (isNew)
        {
            _state.TouchByMessage();
        }

        _outbox.Acknowledge(bytes.Span, confirmation, RefusalReason.None);
        if (isNew && Job.Committee is null && _state.Confirmations.Count == ConfirmationRules.Needed(Job))
        {
            _outbox.Broadcast(_state.Available, Confirmations(latest.Round));
        }
        else if (AreConfirmationsEnough)
        {
            _outbox.Send(confirmation.Client, Confirmations(latest.Round));
        }

        return RefusalReason.None;
    }

    private RefusalReason Handle(KeyApproval approval, ReadOnlyMemory<byte> bytes)
    {
        if (_state.Held is not HeldSum held || held.KeyListDigest != approval.List || held.Objections.ContainsKey(approval.Client))
        {
            return RefusalReason.WrongRound;
        }

        if (held.Approvals.Add(approval.Client))
        {
            _state.Touch();
        }

        _outbox.Acknowledge(bytes.Span, approval, RefusalReason.None);
        return RefusalReason.None;
    }

    private RefusalReason Handle(Objection objection, ReadOnlyMemory<byte> bytes)
    {
        if (TryObjectToKeys(objection) || _inspections.TryNote(objection))
        {
            _outbox.Acknowledge(bytes.Span, objection, RefusalReason.None);
            return RefusalReason.None;
        }

        // A sum that the committee began an epoch after is final.
        bool mayObject = Job.Protection == JobProtection.RoundKeys && objection.Round >= Job.Epoch.FirstRound;
        if (!mayObject || _state.Aggregate is not LatestAggregate latest || objection.Round != latest.Round)
        {
            return RefusalReason.WrongRound;
        }

        if (objection.Chain != latest.Digest || _state.Confirmations.ContainsKey(objection.Client))
        {
            return RefusalReason.WrongBaseModel;
        }

        if (_state.Objections.TryAdd(objection.Client, objection.Part))
        {
            _state.Touch();
        }

        _outbox.Acknowledge(bytes.Span, objection, RefusalReason.None);
        bool isVoid = ConfirmationRules.IsVoid(
            Job, _state.Confirmations.Count, _state.Objections.Count, _state.Available.Count);
        if (isVoid && Outcome != FederationOutcome.QuorumNotReached && (_state.History.Count == 1 || _state.Previous is not null))
        {
            _rounds.Reopen();
        }

        return RefusalReason.None;
    }

    /// <summary>Notes an objection to round keys that clients check, and returns whether it is one.</summary>
    private bool TryObjectToKeys(Objection objection)
    {
        if (_state.Held is not HeldSum held || held.KeyListDigest != objection.Chain || held.Approvals.Contains(objection.Client))
        {
            return false;
        }

        if (held.Objections.TryAdd(objection.Client, objection.Part))
        {
            _state.Touch();
        }

        return true;
    }

    /// <summary>Whether clients need and have confirmations enough; the answers of a committee need none.</summary>
    private bool AreConfirmationsEnough => Job is { Protection: JobProtection.RoundKeys, Committee: null } && _state.Confirmations.Count >= ConfirmationRules.Needed(Job);

    private ConfirmationsMessage Confirmations(int round) => new(
        Job.JobId, round, [.. _state.Confirmations.Select(entry => new RelayedConfirmation(entry.Key, entry.Value))]);

    private void CountRefusal(ClientId claimed, RefusalReason reason)
    {
        _instruments.MessageRefused(claimed, Round, reason);
        Log.MessageRefused(_logger, claimed, reason);
        _state.Refusals[reason] = _state.Refusals.GetValueOrDefault(reason) + 1;
    }

    /// <summary>Signs the messages of a step and returns them, with the state that must be saved before they leave.</summary>
    /// <param name="refusal">The reason why the message was refused.</param>
    /// <param name="cause">What changed the state, where that can be saved by itself.</param>
    private ServerStep EndStep(RefusalReason refusal = RefusalReason.None, ChangeCause? cause = null)
    {
        bool followsFromMessage = _state.FollowsFromMessage;
        bool isChanged = _state.EndStep();
        StateStamp stamp = _state.Stamp;
        OutgoingMessage[] messages = _outbox.TakeAll(stamp);
        if (isChanged)
        {
            // An answer without a recipient goes back on its connection, which does not outlive the server.
            // What a client showed is as long as an upload, and can be shown again; so is the sum that clients object to, where it is in a file.
            _state.Undelivered = [.. messages.Where(message => message.Recipient is not null && message.Kind != MessageKind.CheckRequest && IsInState(message))];
            _state.Sums.KeepOnly(_state.SumFiles);
        }

        (RoundReport[] reports, PublishedSum[] sums, Exception? failure) = _rounds.TakeResults();
        ImmutableArray<Contribution> accepted = [.. _accepted];
        _accepted.Clear();
        return new ServerStep
        {
            Messages = [.. messages],
            Refusal = refusal,
            Reports = [.. reports],
            Accepted = accepted,
            Sums = [.. sums],
            Failure = failure,
            State = isChanged ? new SavedState(stamp, () => _state.Stamp, SaveState) : null,
            Change = isChanged && followsFromMessage && cause is ChangeCause known ? ChangeBy(known, stamp) : null,
        };
    }

    private bool IsInState(OutgoingMessage message)
        => !message.IsInFile || message.Content == _state.Aggregate?.Message || _state.EarlierWith(message.Content) is not null;

    private SavedChange ChangeBy(ChangeCause cause, StateStamp stamp) => new(
        stamp,
        () => _state.Stamp,
        destination =>
        {
            using ExclusiveUse.Call call = _use.Begin();
            ServerChange.Write(cause, _state, _setup, _rounds.Deadlines, destination);
        },
        cause.Reference);

    private IDisposable? BeginScope() => LogScopes.Begin(_logger, Job.JobId, Round);

    private static Guid NewLifeId()
    {
        Span<byte> bytes = stackalloc byte[16];
        HedgedRandom.FillPublic(bytes);
        return new Guid(bytes);
    }
}
