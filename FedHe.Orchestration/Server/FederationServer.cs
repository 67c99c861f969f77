using System.Collections.Immutable;
using FedHe.Crypto;
using FedHe.Crypto.Errors;
using FedHe.Crypto.Identities;
using FedHe.MLBridge.Aggregation;
using FedHe.Orchestration.Diagnostics;
using FedHe.Orchestration.Errors;
using FedHe.Orchestration.Identities;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Messages;
using FedHe.Orchestration.Strategies;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace FedHe.Orchestration.Server;

/// <summary>
/// The server of one job: invites clients, folds their encrypted updates, broadcasts the aggregate, round after round.
/// It has no transport, no thread and no clock of its own: the host passes messages in, delivers those that come out,
/// and calls <see cref="Advance"/> when <see cref="NextDeadline"/> has passed. Not thread-safe.
/// </summary>
/// <remarks>Source: FedML-HE, Algorithm 1, the server's part.</remarks>
public sealed partial class FederationServer : IDisposable
{
    private readonly FederationJob _job;
    private readonly HePublicContext _context;
    private readonly ClientRoster _roster;
    private readonly IAggregationStrategy _strategy;
    private readonly IClientSampler _sampler;
    private readonly FederationServerOptions _options;
    private readonly TimeProvider _time;
    private readonly IProgress<RoundReport>? _reports;
    private readonly ILogger _logger;
    private readonly UploadJudge _judge;

    private readonly SortedSet<ClientId> _available = [];
    private readonly UploadLedger _ledger = new();
    private readonly SortedDictionary<RefusalReason, int> _refusals = [];
    private readonly List<OutgoingMessage> _outgoing = [];
    private CollectingRound? _collecting;
    private ReadOnlyMemory<byte> _aggregate;
    private Digest _aggregateDigest;

    /// <summary>Creates the server of a job that has not begun.</summary>
    /// <exception cref="HeMismatchException">The context's parameters or the strategy are not those of the job.</exception>
    /// <exception cref="InsecureFederationException">The job protects nothing, and the options do not allow that.</exception>
    /// <exception cref="NotSupportedException">The scheme cannot weigh, or there is no strategy of the job's name.</exception>
    /// <exception cref="ArgumentException">The settings make no sense to the strategy, or the roster is too short.</exception>
    public FederationServer(FederationServerSetup setup)
    {
        ArgumentNullException.ThrowIfNull(setup);
        _job = setup.Job;
        _context = setup.Context;
        _roster = setup.Roster;
        _strategy = setup.Strategy ?? AggregationStrategies.Find(_job.Settings.Strategy);
        _sampler = setup.Sampler;
        _options = setup.Options;
        _time = setup.Time;
        _reports = setup.Reports;
        _logger = setup.Logger ?? NullLogger<FederationServer>.Instance;
        CheckSetup();
        _judge = new UploadJudge(_job, _context);
        using var probe = new UpdateAggregator(_context, _job.Terms);
    }

    /// <summary>Where the job is.</summary>
    public ServerPhase Phase { get; private set; }

    /// <summary>The current round, from 1; 0 before the start.</summary>
    public int Round { get; private set; }

    /// <summary>The current attempt at the round, from 1; 0 before the start.</summary>
    public int Attempt { get; private set; }

    /// <summary>The last round that has an aggregate; 0 before the first.</summary>
    public int LastAggregatedRound { get; private set; }

    /// <summary>When <see cref="Advance"/> has something to do even if no message arrives, or null.</summary>
    public DateTimeOffset? NextDeadline { get; private set; }

    /// <summary>How the job ended, or null while it has not.</summary>
    public FederationOutcome? Outcome { get; private set; }

    /// <summary>The clients that announced themselves and were not reported unreachable, sorted.</summary>
    public IReadOnlyList<ClientId> AvailableClients => [.. _available];

    /// <summary>The uploads of the open round that were folded in so far, in the order of arrival.</summary>
    public ImmutableArray<Contribution> Contributions => [.. _collecting?.Contributions ?? []];

    /// <summary>Begins the first round, or waits for clients.</summary>
    /// <returns>Messages to deliver.</returns>
    /// <exception cref="InvalidOperationException">The job has started already.</exception>
    public IReadOnlyList<OutgoingMessage> Start()
    {
        if (Phase != ServerPhase.NotStarted)
        {
            throw new InvalidOperationException("The job has started already.");
        }

        WaitForClients(round: 1, attempt: 1);
        return TakeOutgoing();
    }

    /// <summary>Takes a message. A message that is refused changes nothing and is answered with the reason.</summary>
    /// <param name="message">The bytes that arrived; untrusted.</param>
    /// <returns>Messages to deliver, in this order.</returns>
    public IReadOnlyList<OutgoingMessage> Handle(ReadOnlyMemory<byte> message)
    {
        PassDeadline();
        RefusalReason reason = Authenticate(message, out ClientMessage? authentic, out ClientId claimed);
        if (authentic is null)
        {
            Refuse(message, claimed, recipient: null, reason);
            return TakeOutgoing();
        }

        switch (authentic)
        {
            case Announcement announcement:
                HandleAnnouncement(announcement, message);
                break;
            case Upload upload:
                HandleUpload(upload, message);
                break;
            case AggregateRequest request:
                HandleAggregateRequest(request, message);
                break;
            default:
                Refuse(message, authentic.Client, authentic.Client, RefusalReason.UnexpectedMessage);
                break;
        }

        return TakeOutgoing();
    }

    /// <summary>Closes, repeats or begins a round whose deadline has passed. Does nothing before that.</summary>
    /// <returns>Messages to deliver.</returns>
    public IReadOnlyList<OutgoingMessage> Advance()
    {
        PassDeadline();
        return TakeOutgoing();
    }

    /// <summary>
    /// Tells the server that a client cannot be reached: it is not selected again before it announces itself, and a
    /// round with a quorum does not wait for it.
    /// </summary>
    /// <returns>Messages to deliver.</returns>
    public IReadOnlyList<OutgoingMessage> ReportUnreachable(ClientId client)
    {
        PassDeadline();
        if (_available.Remove(client))
        {
            Log.ClientUnavailable(_logger, client);
            CloseIfComplete();
        }

        return TakeOutgoing();
    }

    /// <inheritdoc/>
    public void Dispose() => _collecting?.Dispose();

    private void CheckSetup()
    {
        if (_context.Parameters.Id != _job.Authority.ParametersId
            || _context.Reader.Parameters.Id != _job.Authority.ParametersId
            || _context.Parameters.SchemeName != _job.Authority.SchemeName)
        {
            throw Throw.ParametersOfAnotherJob();
        }

        InsecurityGuard.Check(_context.Parameters, _job, _options.AllowInsecurePlain);
        if (_strategy.Name != _job.Settings.Strategy)
        {
            throw Throw.StrategyOfAnotherJob(_job.Settings.Strategy, _strategy.Name);
        }

        _strategy.Validate(_job.Settings);
        if (_roster.Clients.Count < _job.Settings.Quorum)
        {
            throw new ArgumentException("The roster has fewer clients than the quorum: no round could ever be closed.");
        }
    }

    private RefusalReason Authenticate(ReadOnlyMemory<byte> bytes, out ClientMessage? authentic, out ClientId claimed)
    {
        authentic = null;
        claimed = default;
        if (!MessageFormat.TryRead(bytes, _job.Authority.ParametersId, _options.MaxMessageBytes, out FederationMessage? message, out FormatError error))
        {
            return error == FormatError.FieldOutOfRange ? RefusalReason.Malformed : UploadJudge.ReasonOf(error);
        }

        if (message is not ClientMessage clientMessage)
        {
            return RefusalReason.UnexpectedMessage;
        }

        claimed = clientMessage.Client;
        if (message.JobId != _job.JobId)
        {
            return RefusalReason.WrongJob;
        }

        if (!_roster.TryGetKey(claimed, out VerificationKey? key))
        {
            return RefusalReason.UnknownClient;
        }

        if (!MessageFormat.IsSignedBy(key, bytes.Span))
        {
            return RefusalReason.BadSignature;
        }

        authentic = clientMessage;
        return RefusalReason.None;
    }

    private void HandleAnnouncement(Announcement announcement, ReadOnlyMemory<byte> bytes)
    {
        ClientId client = announcement.Client;
        if (announcement.MaskDigest != _job.Terms.Mask.Digest)
        {
            // The mask is part of the job's digest; this reason says what is wrong.
            Refuse(bytes, client, client, RefusalReason.WrongMask);
            return;
        }

        if (announcement.JobDigest != _job.Digest)
        {
            Refuse(bytes, client, client, RefusalReason.WrongJob);
            return;
        }

        if (_available.Add(client))
        {
            Log.ClientAvailable(_logger, client);
        }

        Acknowledge(bytes, client, RefusalReason.None);
        switch (Phase)
        {
            case ServerPhase.WaitingForClients:
                BeginRoundIfPossible(_job.Settings.ClientsPerRound);
                break;
            case ServerPhase.Collecting when _collecting!.Selected.Contains(client) && !_collecting.HasContributed(client):
                // The client came back, or its invitation was lost.
                Invite(client);
                break;
            case ServerPhase.Ended:
                SendConclusion(client);
                break;
        }
    }

    private void HandleUpload(Upload upload, ReadOnlyMemory<byte> bytes)
    {
        var entry = new UploadLedger.Entry(upload.Round, upload.Attempt, upload.Client);

        // The signature is left out: for the same content, whoever relays it can compute another valid one.
        Digest digest = Digest.Compute(bytes.Span[..^VerificationKey.SignatureSizeInBytes]);
        RefusalReason reason;
        if (_ledger.TryGet(entry, out Digest accepted))
        {
            reason = digest == accepted ? RefusalReason.None : RefusalReason.ConflictingDuplicate;
        }
        else
        {
            reason = CheckTurn(upload);
            if (reason == RefusalReason.None)
            {
                reason = FoldIn(upload, bytes.Length);
            }

            if (reason == RefusalReason.None)
            {
                _ledger.TryAdd(entry, digest);
                _available.Add(upload.Client);
            }
        }

        if (reason != RefusalReason.None)
        {
            Refuse(bytes, upload.Client, upload.Client, reason);
            return;
        }

        Acknowledge(bytes, upload.Client, RefusalReason.None);
        CloseIfComplete();
    }

    private RefusalReason CheckTurn(Upload upload)
    {
        if (Phase == ServerPhase.NotStarted)
        {
            return RefusalReason.NotRunning;
        }

        if (upload.Round != Round)
        {
            return upload.Round < Round ? RefusalReason.TooLate : RefusalReason.WrongRound;
        }

        if (Phase == ServerPhase.Ended)
        {
            return RefusalReason.TooLate;
        }

        if (upload.Attempt != Attempt)
        {
            return RefusalReason.WrongAttempt;
        }

        return _collecting is not null && _collecting.Selected.Contains(upload.Client)
            ? RefusalReason.None
            : RefusalReason.NotSelected;
    }

    private RefusalReason FoldIn(Upload upload, int uploadLength)
    {
        using var phase = MeasuredPhase.Fold(_time);
        long weightLimit = CreateTask(upload.Client).WeightLimit;
        RefusalReason reason = _judge.FoldIn(upload, uploadLength, weightLimit, _collecting!);
        _collecting!.FoldTime += phase.Elapsed;
        if (reason == RefusalReason.None)
        {
            Instruments.UploadAccepted(uploadLength);
            Log.UploadAccepted(_logger, Round, Attempt, upload.Client, uploadLength);
        }

        return reason;
    }

    private void HandleAggregateRequest(AggregateRequest request, ReadOnlyMemory<byte> bytes)
    {
        if (LastAggregatedRound == 0 || request.Round > LastAggregatedRound)
        {
            Refuse(bytes, request.Client, request.Client, RefusalReason.WrongRound);
            return;
        }

        SendAggregate(request.Client);
    }
}
