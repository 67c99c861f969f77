using System.Runtime.CompilerServices;
using System.Runtime.ExceptionServices;
using System.Threading.Channels;
using FedHe.Crypto;
using FedHe.Crypto.Errors;
using FedHe.Crypto.KeyAdditive;
using FedHe.MLBridge.Identities;
using FedHe.Orchestration.Client;
using FedHe.Orchestration.Diagnostics;
using FedHe.Orchestration.Epochs;
using FedHe.Orchestration.Errors;
using FedHe.Orchestration.Identities;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Keys;
using FedHe.Orchestration.Messages;
using FedHe.Orchestration.Server;
using Microsoft.Extensions.Logging;

namespace FedHe.Orchestration.Transport;

/// <summary>
/// An in-process federation runs authority, server and clients in one process, with every message passing as bytes.
/// Clients work concurrently.
/// </summary>
/// <remarks>
/// Deadlines run on a simulated clock that stands still while any client works and jumps ahead when none does, so slow
/// training is never late and a lost message costs no waiting.
/// </remarks>
/// <example>
/// <code>
/// var settings = new FederationSettings { Rounds = 20, ClientsPerRound = 5, Quorum = 3 };
/// var setup = new InProcessFederationSetup
/// { Terms = terms, Settings = settings, InitialModel = model, Trainers = trainers };   // four clients or more: a committee opens sums
/// using InProcessFederation federation = await InProcessFederation.CreateAsync(setup);
/// await foreach (RoundResult round in federation.RunAsync())
/// {
///     Console.WriteLine(round.Report.Round);
/// }
/// </code>
/// </example>
public sealed class InProcessFederation : IDisposable
{
    private readonly InProcessFederationSetup _setup;
    private readonly SimulatedClock _clock;
    private readonly InProcessTransport _transport;
    private readonly ServerIdentity _identity;
    private readonly IEnrollmentKeys _authority;
    private readonly SortedDictionary<ClientId, (ClientIdentity Identity, ILocalTrainer Trainer)> _joining = [];
    private readonly FederationServer _server;
    private readonly SortedDictionary<ClientId, ClientStation> _stations = [];
    private readonly Dictionary<ClientId, Exception> _failures = [];
    private readonly SortedSet<ClientId> _droppedOut = [];
    private readonly Queue<RoundReport> _reports = [];
    private readonly List<OutgoingMessage> _heldBack = [];
    private readonly Channel<FinishedWork> _finished = Channel.CreateUnbounded<FinishedWork>();
    private readonly List<Task> _work = [];
    private readonly ILogger _logger;
    private IProgress<RoundProgress>? _progress;
    private RoundCosts _costs = new();
    private long _roundStart;
    private int _busy;
    private bool _hasRun;

    private InProcessFederation(
        InProcessFederationSetup setup,
        KeyPlan? keys,
        HePublicContext context,
        ServerIdentity identity,
        FederationJob job,
        IEnumerable<ClientStation> stations,
        IEnrollmentKeys authority)
    {
        _setup = setup;
        _identity = identity;
        _authority = authority;
        Keys = keys;
        Job = job;
        _logger = new SafeLogger(setup.LoggerFactory?.CreateLogger<FederationClient>());
        _clock = new SimulatedClock(setup.Time);
        _transport = new InProcessTransport(_clock, setup.Faults);
        foreach (ClientStation station in stations)
        {
            _stations.Add(station.Client.Client, station);
        }

        _server = new FederationServer(new FederationServerSetup
        {
            Context = context,
            Job = job,
            Identity = identity,
            Strategy = setup.Strategy,
            Sampler = setup.Sampler,
            Safety = setup.Safety,
            Time = _clock,
            Stopwatch = setup.Time,
            Logger = setup.LoggerFactory?.CreateLogger<FederationServer>(),
            MeterFactory = setup.MeterFactory,
        });
    }

    /// <summary>The job that the federation runs, as it was described.</summary>
    public FederationJob Job { get; }

    /// <summary>The plan that says who opens sums, and why, or null where <see cref="InProcessFederationSetup.Committee"/> named the members.</summary>
    public KeyPlan? Keys { get; }

    /// <summary>The number of the current epoch, from 1.</summary>
    public int EpochNumber => _server.Job.EpochNumber;

    /// <summary>The clients of the federation, with those that left.</summary>
    public IEnumerable<FederationClient> Clients => _stations.Values.Select(station => station.Client);

    /// <summary>
    /// The clients that dropped out of a round because their trainer threw or their update could not be encrypted, each with its
    /// latest exception. They take part again from the next round on, or when the round waits for longer.
    /// </summary>
    public IReadOnlyDictionary<ClientId, Exception> Failures => _failures;

    /// <summary>The outcome of the job, or null while it has not ended.</summary>
    public FederationOutcome? Outcome => _server.Outcome;

    /// <summary>Creates keys, job, server and clients; every client receives its keys encrypted.</summary>
    /// <param name="setup">The parts of the federation.</param>
    /// <param name="cancellationToken">Cancels the enrollment.</param>
    /// <exception cref="ArgumentException">The settings contradict each other; the message says how.</exception>
    /// <exception cref="InsecureFederationException">The job protects nothing, and the setup does not allow that.</exception>
    /// <exception cref="HeMismatchException">A client agreed upon a mask that differs from the mask of the terms.</exception>
    public static async Task<InProcessFederation> CreateAsync(
        InProcessFederationSetup setup, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(setup);
        ArgumentOutOfRangeException.ThrowIfLessThan(setup.MaxConcurrentClients, 1);
        KeyPlan? keys = InProcessKeys.Settle(setup);
        (ServerIdentity identity, FederationJob job, List<ClientStation> stations, IEnrollmentKeys authority) =
            await InProcessEnrollment.EnrollAsync(setup, keys, cancellationToken).ConfigureAwait(false);
        HePublicContext context = setup.Context?.Public ?? KeyAdditiveContext.CreatePublic(job.RoundKeyParameters!);
        return new InProcessFederation(setup, keys, context, identity, job, stations, authority);
    }

    /// <summary>
    /// Plans the next epoch of a job with a committee, and proposes it: call this method between two results of <see cref="RunAsync"/>. The
    /// epoch begins when the round in progress has a sum and the committee has voted; then clients that join get the job and the keys.
    /// </summary>
    /// <param name="joining">The clients that join, with their trainers; null for none.</param>
    /// <param name="leaving">The clients that leave; null for none.</param>
    /// <param name="retiring">The clients that stay and are to be members no more; null for none.</param>
    /// <exception cref="EpochRefusedException">The job has no committee, or the plan would be refused; the exception says why.</exception>
    /// <exception cref="ArgumentException">A client joins that was on a roster before.</exception>
    /// <exception cref="InvalidOperationException">Members vote for another plan already.</exception>
    public void PlanEpoch(
        IReadOnlyDictionary<ClientId, ILocalTrainer>? joining = null, IEnumerable<ClientId>? leaving = null, IEnumerable<ClientId>? retiring = null)
    {
        joining ??= new Dictionary<ClientId, ILocalTrainer>();
        if (joining.Keys.Any(_stations.ContainsKey))
        {
            throw Throw.ClientJoinsAgain(nameof(joining));
        }

        var identities = joining.ToDictionary(entry => entry.Key, entry => ClientIdentity.Create(entry.Key));
        ServerStep step;
        try
        {
            ClientRoster roster = _server.Job.Roster.With(
                identities.Select(entry => KeyValuePair.Create(entry.Key, entry.Value.VerificationKey)), leaving ?? []);
            step = _server.Propose(_authority.PlanEpoch(_server.Job, roster, retiring ?? []));
        }
        catch
        {
            foreach (ClientIdentity identity in identities.Values)
            {
                identity.Dispose();
            }

            throw;
        }

        foreach ((ClientIdentity identity, ILocalTrainer _) in _joining.Values)
        {
            identity.Dispose();
        }

        _joining.Clear();
        foreach ((ClientId client, ClientIdentity identity) in identities)
        {
            _joining.Add(client, (identity, joining[client]));
        }

        Take(step);
    }

    /// <summary>
    /// Runs the job and returns the result of each attempt at a round. A result is returned after its aggregate was
    /// decrypted and before the next attempt begins, so that the caller's work does not compete with training.
    /// </summary>
    /// <param name="progress">Receives every step, from several threads at once; may be null.</param>
    /// <param name="cancellationToken">Cancels the job and the training in progress.</param>
    /// <exception cref="InvalidOperationException">The federation has already run.</exception>
    public async IAsyncEnumerable<RoundResult> RunAsync(
        IProgress<RoundProgress>? progress = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        if (_hasRun)
        {
            throw Throw.FederationHasRun();
        }

        _hasRun = true;
        _progress = progress;
        using var cancellation = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        try
        {
            Begin();
            while (await StepAsync(cancellation.Token).ConfigureAwait(false))
            {
                // Between two rounds nothing is in progress except messages that were held back.
                while (_busy == 0 && _reports.TryDequeue(out RoundReport? report))
                {
                    yield return TakeResult(report);
                }

                ReleaseHeldBack();
            }
        }
        finally
        {
            await cancellation.CancelAsync().ConfigureAwait(false);
            await Task.WhenAll(_work).ConfigureAwait(false);
        }
    }

    /// <summary>Zeroes the clients' keys and releases the federation.</summary>
    public void Dispose()
    {
        _server.Dispose();
        _identity.Dispose();
        _authority.Dispose();
        foreach ((ClientIdentity identity, ILocalTrainer _) in _joining.Values)
        {
            identity.Dispose();
        }

        foreach (ClientStation station in _stations.Values)
        {
            station.Dispose();
        }
    }

    private void Begin()
    {
        _roundStart = _setup.Time.GetTimestamp();
        foreach (ClientStation station in _stations.Values)
        {
            station.Listener = _progress is null ? null : new ProgressTranslator(_progress);
            SendToServer(station, station.Client.Announce());
        }

        Take(_server.Start());
    }

    /// <summary>Does all work up to the next result of a round; returns false when the job is over.</summary>
    private async Task<bool> StepAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            while (_transport.TryReceive(out TransportMessage message))
            {
                Deliver(message);
            }

            await RenewAsync(cancellationToken).ConfigureAwait(false);
            StartWork(cancellationToken);
            if (_busy > 0)
            {
                FinishedWork finished = await _finished.Reader.ReadAsync(cancellationToken).ConfigureAwait(false);
                cancellationToken.ThrowIfCancellationRequested();
                Finish(finished);
            }
            else if (_reports.Count > 0)
            {
                return true;
            }
            else if (!JumpAhead())
            {
                return false;
            }
        }
    }

    /// <summary>Gives clients the keys of an epoch that has begun, and lets those join that it brings.</summary>
    private async Task RenewAsync(CancellationToken cancellationToken)
    {
        foreach (ClientStation station in _stations.Values.Where(station => !station.IsBusy && station.Client.NeedsKeys))
        {
            ClientKeys keys = await InProcessEnrollment
                .RequestKeysAsync(_authority, station.Client.Job, station.Identity, cancellationToken).ConfigureAwait(false);
            SendToServer(station, station.Renew(keys));
        }

        foreach ((ClientId client, (ClientIdentity identity, ILocalTrainer trainer)) in _joining.ToArray())
        {
            if (_server.Job.Roster.TryGetKey(client, out VerificationKey? key) && key.Equals(identity.VerificationKey))
            {
                _joining.Remove(client);
                ClientStation station = await InProcessEnrollment
                    .EnrollAsync(_setup, _authority, Job, _server.Certificates, identity, trainer, cancellationToken).ConfigureAwait(false);
                station.Listener = _progress is null ? null : new ProgressTranslator(_progress);
                _stations.Add(client, station);
                SendToServer(station, station.Client.Announce());
            }
        }
    }

    private void Deliver(TransportMessage message)
    {
        if (message.IsToServer)
        {
            Take(_server.Handle(message.Bytes), sender: message.Client);
        }
        else
        {
            _stations[message.Client].Inbox.Enqueue(message.Bytes);
        }
    }

    private void StartWork(CancellationToken cancellationToken)
    {
        foreach (ClientStation station in _stations.Values)
        {
            if (_busy < _setup.MaxConcurrentClients && !station.IsBusy && station.Inbox.TryDequeue(out ReadOnlyMemory<byte> message))
            {
                station.IsBusy = true;
                _busy++;
                _work.RemoveAll(task => task.IsCompleted);
                _work.Add(Task.Run(() => WorkAsync(station, message, cancellationToken), CancellationToken.None));
            }
        }
    }

    private async Task WorkAsync(ClientStation station, ReadOnlyMemory<byte> message, CancellationToken cancellationToken)
    {
        FinishedWork finished;
        try
        {
            finished = new FinishedWork(
                station, (await station.Client.HandleAsync(message, cancellationToken).ConfigureAwait(false)).Messages, Failure: null);
        }
#pragma warning disable CA1031 // A client may fail in any way; the federation goes on without it.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            finished = new FinishedWork(station, [], exception);
        }

        _finished.Writer.TryWrite(finished);
    }

    private void Finish(FinishedWork finished)
    {
        _busy--;
        finished.Station.IsBusy = false;
        _costs = finished.Station.TakeMeasured().Aggregate(_costs, (costs, measured) => costs.Add(measured));
        foreach (ReadOnlyMemory<byte> answer in finished.Answers)
        {
            SendToServer(finished.Station, answer);
        }

        if (finished.Failure is Exception failure)
        {
            ClientId client = finished.Station.Client.Client;
            _failures[client] = failure;
            _droppedOut.Add(client);
            using IDisposable? scope = LogScopes.Begin(_logger, Job.JobId, _server.Round, client);
            Log.DroppedOut(_logger, client, failure.GetType().Name);
            Report(RoundPhase.DroppedOut, client);
            Take(_server.ReportUnreachable(client));
        }
    }

    /// <summary>
    /// Moves the clock to the next arrival or deadline when no client is working and nothing has arrived.
    /// </summary>
    private bool JumpAhead()
    {
        DateTimeOffset? deadline = _server.DueIn is TimeSpan due ? _clock.GetUtcNow() + due : null;
        DateTimeOffset? next = _transport.NextArrival is DateTimeOffset arrival && !(deadline < arrival) ? arrival : deadline;
        if (next is null)
        {
            return false;
        }

        _clock.JumpTo(next.Value);
        Take(_server.Advance());
        if (next == deadline)
        {
            ComeBack();
        }

        return true;
    }

    private void SendToServer(ClientStation station, ReadOnlyMemory<byte> bytes)
        => _transport.Send(station.Client.Client, isToServer: true, _server.Round, _server.Attempt, bytes);

    private void Take(ServerStep step, ClientId? sender = null)
    {
        foreach (RoundReport report in step.Reports)
        {
            _reports.Enqueue(report);
        }

        Post(step.Messages, sender);
        if (step.Failure is Exception failure)
        {
            // A strategy that selects nobody would never select anybody here, because nothing but this call changes.
            ExceptionDispatchInfo.Throw(failure);
        }
    }

    private void Post(IReadOnlyList<OutgoingMessage> messages, ClientId? sender = null)
    {
        foreach (OutgoingMessage message in messages)
        {
            if (message.Kind == MessageKind.Invitation && _reports.Count > 0)
            {
                _heldBack.Add(message);
            }
            else if ((message.Recipient ?? sender) is ClientId client)
            {
                SendToClient(client, message);
            }
        }
    }

    private void ReleaseHeldBack()
    {
        _roundStart = _setup.Time.GetTimestamp();
        OutgoingMessage[] invitations = [.. _heldBack];
        _heldBack.Clear();
        Post(invitations);
        ComeBack();
    }

    /// <summary>Lets clients that dropped out announce themselves again: what failed once may work now.</summary>
    private void ComeBack()
    {
        foreach (ClientId client in _droppedOut)
        {
            try
            {
                SendToServer(_stations[client], _stations[client].Client.Announce());
            }
#pragma warning disable CA1031 // A trainer that counts no samples any more may fail in any way; its client stays away.
            catch (Exception exception)
#pragma warning restore CA1031
            {
                _failures[client] = exception;
            }
        }

        _droppedOut.Clear();
    }

    private void SendToClient(ClientId client, OutgoingMessage message)
    {
        if (message.Kind == MessageKind.Invitation)
        {
            Report(RoundPhase.Invited, client, message.Bytes.Length);
        }

        _transport.Send(client, isToServer: false, _server.Round, _server.Attempt, message.Bytes);
    }

    private RoundResult TakeResult(RoundReport report)
    {
        _progress?.Report(new RoundProgress(
            report.Round,
            report.IsAggregated ? RoundPhase.Aggregated : RoundPhase.QuorumMissed,
            Client: null,
            Share: 1,
            report.FoldTime,
            report.AggregateLength));
        RoundCosts costs = _costs with
        {
            Fold = report.FoldTime,
            BytesUp = _transport.BytesUp,
            BytesDown = _transport.BytesDown,
            Elapsed = _setup.Time.GetElapsedTime(_roundStart),
        };
        _costs = new RoundCosts();
        _transport.ResetCounters();
        FederationClient? holder = report.IsAggregated ? Clients.FirstOrDefault(client => client.ModelRound == report.Round) : null;
        return new RoundResult(report, holder?.LatestAverage, costs);
    }

    private void Report(RoundPhase phase, ClientId client, int messageLength = 0)
        => _progress?.Report(new RoundProgress(_server.Round, phase, client, Share: 1, TimeSpan.Zero, messageLength));

    private sealed class ProgressTranslator(IProgress<RoundProgress> progress) : IProgress<ClientProgress>
    {
        public void Report(ClientProgress value) => progress.Report(new RoundProgress(
            value.Round, PhaseOf(value.Phase), value.Client, value.Share, value.Elapsed, value.MessageLength));

        private static RoundPhase PhaseOf(ClientPhase phase) => phase switch
        {
            ClientPhase.Training => RoundPhase.Training,
            ClientPhase.Trained => RoundPhase.Trained,
            ClientPhase.Encrypted => RoundPhase.Encrypted,
            ClientPhase.Answered => RoundPhase.Answered,
            _ => RoundPhase.Decrypted,
        };
    }

    /// <summary>The result of handling one message at one client.</summary>
    /// <param name="Station">The client.</param>
    /// <param name="Answers">The messages for the server.</param>
    /// <param name="Failure">The reason why the client dropped out, or null.</param>
    private sealed record FinishedWork(ClientStation Station, IReadOnlyList<ReadOnlyMemory<byte>> Answers, Exception? Failure);
}
