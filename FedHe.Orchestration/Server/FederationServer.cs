using System.Buffers;
using System.Collections.Immutable;
using FedHe.Crypto.Errors;
using FedHe.Crypto.Identities;
using FedHe.MLBridge.Identities;
using FedHe.MLBridge.Updates;
using FedHe.Orchestration.Concurrency;
using FedHe.Orchestration.Diagnostics;
using FedHe.Orchestration.Errors;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Messages;
using FedHe.Orchestration.RoundKeys;
using FedHe.Orchestration.Strategies;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace FedHe.Orchestration.Server;

/// <summary>
/// A federation server runs one job: it invites clients, folds their encrypted updates into a sum and broadcasts the
/// aggregate, round after round. It has no transport, thread or clock of its own, and it takes one call at a time.
/// </summary>
/// <remarks>
/// The host passes messages in, delivers the messages that come out, and calls <see cref="Advance"/> when <see
/// cref="NextDeadline"/> has passed. A call that overlaps another one throws <see cref="InvalidOperationException"/> and
/// changes nothing. Source: FedML-HE, Algorithm 1, the server's part.
/// </remarks>
/// <example>
/// <code>
/// // The host sends the messages of the outbox, and passes in the bytes that clients send: byte[] received.
/// using var server = new FederationServer(new FederationServerSetup { Context = he.Public, Job = job, Identity = identity });
/// var outbox = new Queue&lt;OutgoingMessage&gt;(server.Start());
/// foreach (OutgoingMessage message in server.Handle(received))
/// {
///     outbox.Enqueue(message);
/// }
/// </code>
/// </example>
public sealed class FederationServer : IDisposable
{
    private readonly FederationJob _job;
    private readonly ServerState _state;
    private readonly MessageAuthentication _authentication;
    private readonly Outbox _outbox;
    private readonly RoundRunner _rounds;
    private readonly UploadIntake _intake;
    private readonly ILogger _logger;
    private readonly ExclusiveUse _use = new(nameof(FederationServer));

    /// <summary>Creates the server of a job that has not begun.</summary>
    /// <param name="setup">The parts of the server.</param>
    /// <exception cref="HeMismatchException">
    /// The context's parameters, the identity or the strategy do not belong to the job.
    /// </exception>
    /// <exception cref="InsecureFederationException">The job protects nothing, and the setup does not allow that.</exception>
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
    public FederationServer(FederationServerSetup setup)
        : this(setup, FederationServerSetup.Validate(setup), setup.CreateProtocol(), new ServerState())
    {
    }

    private FederationServer(FederationServerSetup setup, IAggregationStrategy strategy, RoundKeyProtocol? protocol, ServerState state)
    {
        _job = setup.Job;
        _state = state;
        _logger = setup.Logger ?? NullLogger<FederationServer>.Instance;
        _authentication = new MessageAuthentication(setup);
        _outbox = new Outbox(setup);
        _rounds = new RoundRunner(setup, strategy, protocol, state, _outbox, _logger);
        _intake = new UploadIntake(setup, protocol?.Inner ?? setup.Context, state, _logger);
    }

    /// <summary>The current phase of the job.</summary>
    public ServerPhase Phase => _state.Phase;

    /// <summary>The current round, from 1; 0 before the start.</summary>
    public int Round => _state.Round;

    /// <summary>The current attempt at the round, from 1; 0 before the start.</summary>
    public int Attempt => _state.Attempt;

    /// <summary>The last round that has an aggregate; 0 before the first.</summary>
    public int LastAggregatedRound => _state.LastAggregatedRound;

    /// <summary>The time at which <see cref="Advance"/> must be called even if no message arrives, or null.</summary>
    public DateTimeOffset? NextDeadline => _state.Deadline;

    /// <summary>The outcome of the job, or null while it has not ended.</summary>
    public FederationOutcome? Outcome => _state.Outcome;

    /// <summary>The clients that announced themselves and were not reported unreachable, sorted.</summary>
    public IReadOnlyList<ClientId> AvailableClients => [.. _state.Available];

    /// <summary>The uploads of the open attempt that were folded in so far, in the order of arrival.</summary>
    public ImmutableArray<Contribution> Contributions => [.. _state.Contributions];

    /// <summary>Starts the job: begins the first round, or waits for clients.</summary>
    /// <returns>Messages to deliver.</returns>
    /// <exception cref="InvalidOperationException">The job has already started, or another call is running.</exception>
    public IReadOnlyList<OutgoingMessage> Start()
    {
        using ExclusiveUse.Call call = _use.Begin();
        if (Phase != ServerPhase.NotStarted)
        {
            throw Throw.JobHasStarted();
        }

        _rounds.Start();
        return _outbox.TakeAll();
    }

    /// <summary>
    /// Handles a message and returns the answers. A refused message changes nothing and is answered with the reason.
    /// </summary>
    /// <param name="message">The bytes that arrived; untrusted.</param>
    /// <returns>Messages to deliver, in this order.</returns>
    public IReadOnlyList<OutgoingMessage> Handle(ReadOnlyMemory<byte> message)
    {
        using ExclusiveUse.Call call = _use.Begin();
        _rounds.PassDeadline();
        RefusalReason reason = _authentication.Check(message, out ClientMessage? authentic, out ClientId claimed);
        if (authentic is null)
        {
            Refuse(message, claimed, recipient: null, reason);
            return _outbox.TakeAll();
        }

        reason = authentic switch
        {
            Announcement announcement => Handle(announcement, message),
            Upload upload => Handle(upload, message),
            AggregateRequest request => Handle(request),
            Confirmation confirmation => Handle(confirmation, message),
            Objection objection => Handle(objection, message),
            _ => RefusalReason.UnexpectedMessage,
        };
        if (reason != RefusalReason.None)
        {
            Refuse(message, claimed, claimed, reason);
        }

        _rounds.MoveOn();
        return _outbox.TakeAll();
    }

    /// <summary>Closes, repeats or begins a round if its deadline has passed, and otherwise does nothing.</summary>
    /// <returns>Messages to deliver.</returns>
    public IReadOnlyList<OutgoingMessage> Advance()
    {
        using ExclusiveUse.Call call = _use.Begin();
        _rounds.PassDeadline();
        return _outbox.TakeAll();
    }

    /// <summary>
    /// Reports that a client cannot be reached. The client is not selected again before it announces itself, and a
    /// round with a quorum does not wait for it.
    /// </summary>
    /// <param name="client">The client.</param>
    /// <returns>Messages to deliver.</returns>
    public IReadOnlyList<OutgoingMessage> ReportUnreachable(ClientId client)
    {
        using ExclusiveUse.Call call = _use.Begin();
        _rounds.PassDeadline();
        if (_state.Available.Remove(client))
        {
            Log.ClientUnavailable(_logger, client);
            _rounds.MoveOn();
        }

        return _outbox.TakeAll();
    }

    /// <summary>
    /// Saves everything that a resumed server needs, so that a resumed round gives the same aggregate. The state holds
    /// ciphertexts, names and digests, but no key.
    /// </summary>
    /// <remarks>
    /// Messages that were already returned are not part of the state: deliver them, or let clients announce themselves
    /// again.
    /// </remarks>
    /// <param name="destination">Receives the bytes.</param>
    public void SaveState(IBufferWriter<byte> destination)
    {
        ArgumentNullException.ThrowIfNull(destination);
        using ExclusiveUse.Call call = _use.Begin();
        ServerStateFormat.Write(_state, _job, destination);
    }

    /// <summary>Creates a server that resumes from a saved state.</summary>
    /// <param name="setup">The same job, identity and context as before.</param>
    /// <param name="state">The bytes written by <see cref="SaveState"/>.</param>
    /// <exception cref="HeFormatException">The bytes are not a saved state of this job.</exception>
    /// <remarks>The constructor's exceptions apply as well.</remarks>
    public static FederationServer Restore(FederationServerSetup setup, ReadOnlyMemory<byte> state)
    {
        IAggregationStrategy strategy = FederationServerSetup.Validate(setup);
        RoundKeyProtocol? protocol = setup.CreateProtocol();
        ServerState read = ServerStateFormat.Read(state, setup, protocol);
        try
        {
            var server = new FederationServer(setup, strategy, protocol, read);
            Log.Resumed(server._logger, server.Round, server.Attempt);
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

    private RefusalReason Handle(Announcement announcement, ReadOnlyMemory<byte> bytes)
    {
        ClientId client = announcement.Client;
        if (announcement.MaskDigest != _job.Terms.Mask.Digest)
        {
            // The mask is part of the job's digest, but this reason is more precise.
            return RefusalReason.WrongMask;
        }

        if (announcement.JobDigest != _job.Digest)
        {
            return RefusalReason.WrongJob;
        }

        bool isHidden = _job.Terms.Weighting == Weighting.Hidden;
        if (isHidden != (announcement.Weight == 0) || announcement.Weight > _job.Terms.MaxWeight)
        {
            return RefusalReason.OutOfRange;
        }

        if (!isHidden)
        {
            _state.Weights[client] = announcement.Weight;
        }

        if (_state.Available.Add(client))
        {
            Log.ClientAvailable(_logger, client);
        }

        _outbox.Acknowledge(bytes.Span, client, RefusalReason.None);
        if (RoundRules.IsAwaited(_state, _job, client))
        {
            // The client came back, or its invitation was lost.
            _rounds.Invite(client);
        }
        else if (Outcome is FederationOutcome outcome)
        {
            // The aggregate comes first, so that no client learns of the end with an older model. A client that lacks more
            // than the last round asks for it when it reads the conclusion, together with the lists in between.
            if (_state.Aggregate is LatestAggregate latest && latest.Round == announcement.ModelRound + 1)
            {
                _outbox.Send(client, MessageKind.Aggregate, latest.Message);
            }

            _outbox.Send(client, new Conclusion(_job.JobId, outcome, _state.LastAggregatedRound));
        }

        return RefusalReason.None;
    }

    private RefusalReason Handle(Upload upload, ReadOnlyMemory<byte> bytes)
    {
        // The signature is left out, because a relay can compute another valid signature of the same content.
        Digest contentDigest = Digest.Compute(MessageSignature.Covered(bytes.Span));
        RefusalReason reason;
        if (_state.Ledger.TryGet(upload.Slot, out Contribution? accepted))
        {
            reason = contentDigest == accepted.ContentDigest ? RefusalReason.None : RefusalReason.ConflictingDuplicate;
        }
        else
        {
            reason = RoundRules.CheckTurn(_state, upload.Slot);
            if (reason == RefusalReason.None)
            {
                long weight = _job.Protection == JobProtection.RoundKeys
                    ? _rounds.WeightOf(upload.Client)
                    : _rounds.TaskOf(upload.Client).WeightLimit;
                reason = _intake.Accept(upload, contentDigest, bytes.Length, weight);
            }

            if (reason == RefusalReason.None)
            {
                _state.Available.Add(upload.Client);
            }
        }

        if (reason == RefusalReason.None)
        {
            _outbox.Acknowledge(bytes.Span, upload.Client, RefusalReason.None);
        }

        return reason;
    }

    private RefusalReason Handle(AggregateRequest request)
    {
        if (_state.Aggregate is not LatestAggregate latest || request.Round > latest.Round)
        {
            return RefusalReason.WrongRound;
        }

        // The chain must lead to the aggregate, whose own list is part of it.
        ImmutableArray<ReadOnlyMemory<byte>> missed =
            [.. _state.History.Skip(request.KnownRound).Take(Math.Max(0, latest.Round - 1 - request.KnownRound))];
        if (!missed.IsEmpty)
        {
            _outbox.Send(request.Client, new HistoryMessage(_job.JobId, missed));
        }

        _outbox.Send(request.Client, MessageKind.Aggregate, latest.Message);
        return RefusalReason.None;
    }

    private RefusalReason Handle(Confirmation confirmation, ReadOnlyMemory<byte> bytes)
    {
        if (_job.Protection != JobProtection.RoundKeys || _state.Aggregate is not LatestAggregate latest || confirmation.Round != latest.Round)
        {
            return RefusalReason.WrongRound;
        }

        if (confirmation.Chain != latest.Digest)
        {
            return RefusalReason.WrongBaseModel;
        }

        bool isNew = _state.Confirmations.TryAdd(confirmation.Client, bytes[^MessageSignature.SizeInBytes..].ToArray());
        _outbox.Acknowledge(bytes.Span, confirmation.Client, RefusalReason.None);
        int needed = ConfirmationRules.Needed(_job);
        if (isNew && _state.Confirmations.Count == needed)
        {
            _outbox.Broadcast(_state.Available, Confirmations(latest.Round));
        }
        else if (_state.Confirmations.Count >= needed)
        {
            _outbox.Send(confirmation.Client, Confirmations(latest.Round));
        }

        return RefusalReason.None;
    }

    private RefusalReason Handle(Objection objection, ReadOnlyMemory<byte> bytes)
    {
        if (_job.Protection != JobProtection.RoundKeys || _state.Aggregate is not LatestAggregate latest || objection.Round != latest.Round)
        {
            return RefusalReason.WrongRound;
        }

        if (objection.Chain != latest.Digest || _state.Confirmations.ContainsKey(objection.Client))
        {
            return RefusalReason.WrongBaseModel;
        }

        _state.Objections.Add(objection.Client);
        _outbox.Acknowledge(bytes.Span, objection.Client, RefusalReason.None);
        bool isVoid = ConfirmationRules.IsVoid(
            _job, _state.Confirmations.Count, _state.Objections.Count, _state.Available.Count);
        if (isVoid && Outcome != FederationOutcome.QuorumNotReached && (latest.Round == 1 || _state.Previous is not null))
        {
            _rounds.Reopen();
        }

        return RefusalReason.None;
    }

    private ConfirmationsMessage Confirmations(int round) => new(
        _job.JobId, round, [.. _state.Confirmations.Select(entry => new RelayedConfirmation(entry.Key, entry.Value))]);

    private void Refuse(ReadOnlyMemory<byte> message, ClientId claimed, ClientId? recipient, RefusalReason reason)
    {
        Instruments.MessageRefused(reason);
        Log.MessageRefused(_logger, claimed, reason);
        _state.Refusals[reason] = _state.Refusals.GetValueOrDefault(reason) + 1;
        _outbox.Acknowledge(message.Span, recipient, reason);
    }
}
