using FedHe.Hosting.AspNetCore.Access;
using FedHe.Hosting.AspNetCore.Arrivals;
using FedHe.Hosting.AspNetCore.Audit;
using FedHe.Hosting.AspNetCore.Diagnostics;
using FedHe.Hosting.AspNetCore.Mailboxes;
using FedHe.Hosting.AspNetCore.Metrics;
using FedHe.Hosting.AspNetCore.Transfers;
using FedHe.Hosting.AspNetCore.Watching;
using FedHe.Hosting.Errors;
using FedHe.Hosting.Folders;
using FedHe.Hosting.Stores;
using FedHe.MLBridge.Errors;
using FedHe.MLBridge.Identities;
using FedHe.Orchestration.Audit;
using FedHe.Orchestration.Epochs;
using FedHe.Orchestration.Errors;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Messages;
using FedHe.Orchestration.Metrics;
using FedHe.Orchestration.Persistence;
using FedHe.Orchestration.Planning;
using FedHe.Orchestration.Server;
using Microsoft.Extensions.Logging;

namespace FedHe.Hosting.AspNetCore.Jobs;

/// <summary>
/// A hosted job is the server of one job with its store: one call after another, what changed to the disk, then messages into mailboxes on the
/// disk, then the answer. Where the disk fails in between, the server is thrown away, and goes on from what is saved.
/// </summary>
/// <remarks>What arrives and has not been acknowledged lies in files of the folder, whatever the store is.</remarks>
internal sealed class HostedJob : IDisposable
{
    private const int MostMessages = 1000;
    private const int MostOfTheLongest = 4;

    private readonly PartyFolder _folder;
    private readonly IServerStore _store;
    private readonly FederationServerSetup _setup;
    private readonly ILogger _logger;
    private readonly Turn _turn = new();
    private readonly SavedServer _saved;
    private readonly Deliveries _deliveries;
    private readonly MessageQueue _messages;
    private readonly ReportDesk _reports;
    private volatile bool _hasClock = true;

    private HostedJob(
        string name,
        PartyFolder folder,
        AuditParts parts,
        StateFiles files,
        FederationServerSetup setup,
        JobCallers callers,
        FederationServer server,
        AuditTrail audit,
        TransferFolder transfers,
        ILogger logger)
    {
        (Name, _folder, _store, _setup, Callers, Transfers, _logger) = (name, folder, parts.Store, setup, callers, transfers, logger);
        Plan = server.Plan;
        Limits = new MessageLimits(server);
        Watch = new JobWatch(setup.Time);
        Metrics = MetricBoard.Open(_store, fault => Log.MetricsUnusable(_logger, Name, Fault.Of(fault)));
        var broadcasts = Broadcasts.Open(_store);
        Parties = new JobParties(setup.Job, party => Mailbox.Open(_store, broadcasts, party, MostMessages, MostOfTheLongest * Limits.LongestToClient), setup.Time);
        Parties.Follow(server.Certificates);
        broadcasts.KeepOnly(Parties.Mailboxes.ContainsKey);
        _deliveries = new Deliveries(name, broadcasts, Parties, Watch, logger);
        _saved = new SavedServer(name, parts, files, setup, server, audit, Parties, _deliveries, Watch, Metrics, logger);
        _saved.EpochBegun += SayWhoHasNoPin;
        _messages = new MessageQueue(_saved, _turn, Watch);
        _reports = new ReportDesk(_saved, _store, _turn, Watch, Metrics);
    }

    /// <summary>The name of the job in this host.</summary>
    public string Name { get; }

    /// <summary>The description of the job.</summary>
    public FederationJob Job => _setup.Job;

    /// <summary>Who the callers of the job are.</summary>
    public JobCallers Callers { get; }

    /// <summary>The parties of the job in all its epochs.</summary>
    public JobParties Parties { get; }

    /// <summary>The parties of the job, and when they were heard.</summary>
    public IReadOnlyDictionary<string, PartySeat> Seats => Parties.Seats;

    /// <summary>The lengths of the longest messages.</summary>
    public MessageLimits Limits { get; }

    /// <summary>The long messages that come in chunks.</summary>
    public TransferFolder Transfers { get; }

    /// <summary>Whether the last call of the clock came through, without which no deadline passes.</summary>
    public bool HasClock
    {
        get => _hasClock;
        set => _hasClock = value;
    }

    /// <summary>Whether the server is open and takes messages.</summary>
    public bool IsReady => HasClock && _saved.IsOpen;

    /// <summary>What the server saw of its parties.</summary>
    public JobWatch Watch { get; }

    /// <summary>The metrics that clients reported.</summary>
    public MetricBoard Metrics { get; }

    /// <summary>What the server was like after its latest step.</summary>
    public JobStatus Status => _saved.Status;

    /// <summary>The plan of the job's rounds.</summary>
    public FederationPlan Plan { get; }

    /// <summary>The head of the audit log on the disk.</summary>
    public AuditHead? AuditHead => _saved.AuditHead;

    /// <summary>Opens the server in its store, which is the job's from then on: goes on from its state, or begins its job.</summary>
    public static HostedJob Open(string name, PartyFolder folder, AuditParts parts, FederationServerSetup setup, JobCallers callers, LogLimits? limits, ILogger logger)
    {
        FederationServer? server = null;
        try
        {
            var files = new StateFiles(parts.Store, ReferenceEquals(parts.Store, folder) ? folder : null, limits);
            server = files.Open(setup, out StateStamp? saved);
            var audit = AuditTrail.Open(parts, setup, server, saved, isStart: true);
            var job = new HostedJob(name, folder, parts, files, setup, callers, server, audit, TransferFolder.Open(folder, setup.Job.JobId, saved), logger);
            job._saved.Take(server, saved is null ? server.Start() : server.Advance());
            job.Transfers.DeleteLeftovers();
            StorePlace.Mark(folder, parts.Store);
            Log.JobOpen(logger, name, setup.Job.JobId, parts.Store.Location);
            return job;
        }
        catch (Exception fault)
        {
            server?.Dispose();
            parts.Store.Dispose();
            if (fault is StoreException failed)
            {
                throw Errors.Throw.StoreUnavailable(failed);
            }

            if (fault is IOException or SumFileException)
            {
                throw server is null ? Errors.Throw.FolderNotReadable(folder.Location, fault) : Errors.Throw.FolderNotWritable(folder.Location, fault);
            }

            throw;
        }
    }

    /// <summary>Returns the reason why the server would refuse a message whose round is over, or null.</summary>
    public RefusalReason? LatenessOf(MessageInfo message)
    {
        JobStatus status = Status;
        return status.Outcome is not null || message.Round < status.Round ? RefusalReason.TooLate
            : message.Kind == MessageKind.Upload && message.Round == status.Round && message.Attempt < status.Attempt ? RefusalReason.WrongAttempt
            : null;
    }

    /// <summary>Returns the path of a file for the time in which a message arrives.</summary>
    public string PathOfArrival() => _folder.PathOf($"{Guid.NewGuid():N}.arrival.new");

    /// <summary>Returns the mailbox of a party of the job.</summary>
    public Mailbox MailboxOf(string party) => Parties.Mailboxes[party];

    /// <inheritdoc cref="MessageQueue.HandleAsync"/>
    public Task<(RefusalReason Refusal, StateStamp Stamp)> HandleAsync(MessageInfo info, IStoredMessage message, CancellationToken cancellationToken)
        => _messages.HandleAsync(info, message, cancellationToken);

    /// <summary>
    /// Proposes the plan of the next epoch. When the method returns, a plan that was taken is on the disk, and with it what follows. The same
    /// plan again changes nothing.
    /// </summary>
    /// <param name="message">The plan, which is read when it is its turn; untrusted.</param>
    /// <param name="cancellationToken">Ends the wait for the turn.</param>
    /// <exception cref="IOException">The disk failed.</exception>
    public async Task<PlanOutcome> ProposeAsync(IStoredMessage message, CancellationToken cancellationToken)
    {
        using Turn.Held held = await _turn.TakeAsync(cancellationToken).ConfigureAwait(false);
        if (!EpochPlan.TryRead(message.ToMemory().Span, Job.Authority.ParametersId, out EpochPlan? plan, out _))
        {
            return PlanOutcome.Refused(nameof(EpochError.Malformed));
        }

        if (Callers.RefusalOf(plan.Roster) is string reason)
        {
            return PlanOutcome.Refused(reason);
        }

        FederationServer server = _saved.Reopen();
        return server.Outcome is not null ? PlanOutcome.Refused("JobHasEnded")
            : server.Phase == ServerPhase.Superseded ? PlanOutcome.Refused(nameof(ServerPhase.Superseded))
            : _saved.Guarded(() => Propose(server, plan));
    }

    /// <summary>Finds out whether this server may still answer for what it has saved: another one may have taken the job over in the store.</summary>
    /// <exception cref="IOException">The server may not.</exception>
    public async Task VerifyAsync(CancellationToken cancellationToken)
    {
        if (_store.HasFiles)
        {
            // The folder is locked for this process.
            return;
        }

        using Turn.Held held = await _turn.TakeAsync(cancellationToken).ConfigureAwait(false);
        _saved.Reopen();
        _saved.Guarded(_store.Commit);
    }

    /// <summary>Puts a message into the mailbox of a party, as a relay.</summary>
    /// <exception cref="IOException">The message could not be written.</exception>
    public async Task RelayAsync(string party, MessageKind kind, ReadOnlyMemory<byte> message, CancellationToken cancellationToken)
    {
        using Turn.Held held = await _turn.TakeAsync(cancellationToken).ConfigureAwait(false);
        if (kind is MessageKind.KeyGrant or MessageKind.KeyRefusal)
        {
            _saved.Reopen();
            _saved.Guarded(() =>
            {
                _saved.Audit.NoteKeys(party, kind, message.Span);
                _saved.Audit.Commit();
                _store.Commit();
            });
        }

        Relay(party, message);
    }

    /// <inheritdoc cref="ReportDesk.ReportAsync"/>
    public async Task<(MetricRefusal Refusal, bool IsNew)> ReportAsync(MetricReport report, CancellationToken cancellationToken)
        => Job.Update.Privacy is not null ? (MetricRefusal.PrivacyTerms, false) : await _reports.ReportAsync(report, cancellationToken).ConfigureAwait(false);

    /// <summary>Lets deadlines pass, and reports clients that were not heard for a time.</summary>
    /// <returns>The time after which the method is to be called again, at most.</returns>
    public async Task<TimeSpan?> TickAsync(TimeSpan unreachableAfter, CancellationToken cancellationToken)
    {
        using Turn.Held held = await _turn.TakeAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            FederationServer server = _saved.Reopen();
            if (server.DueIn <= TimeSpan.Zero)
            {
                server = _saved.Run(one => one.Advance());
            }

            foreach (ClientId client in server.AvailableClients.Where(client => Seats.TryGetValue(client.Value, out PartySeat? seat) && seat.Silence > unreachableAfter).ToList())
            {
                Seats[client.Value].MustAnnounce = true;
                Log.Unreachable(_logger, Name, client.Value, Seats[client.Value].Silence);
                server = _saved.Run(one => one.ReportUnreachable(client));
            }

            Transfers.Expire(message => LatenessOf(message) is not null);

            // A store brings deletions to its disk, and finds out that another server has taken over, although no message comes.
            _saved.Guarded(_store.Commit);
            return server.DueIn;
        }
        catch (IOException)
        {
            // It is in the log, and the next call tries again.
            return null;
        }
    }

    /// <summary>Says which clients of the current epoch the configuration has no pin of, so that the server refuses them.</summary>
    public void SayWhoHasNoPin()
    {
        foreach (ClientId client in Callers.WithoutPin(Parties.Job.Roster))
        {
            Log.PinMissing(_logger, Name, client, Parties.Job.EpochNumber);
        }
    }

    public void Dispose()
    {
        _saved.Dispose();
        _turn.Dispose();
        _reports.Dispose();
    }

    private PlanOutcome Propose(FederationServer server, EpochPlan plan)
    {
        ServerStep step;
        try
        {
            step = server.Propose(plan);
        }
        catch (EpochRefusedException refused)
        {
            return PlanOutcome.Refused(refused.Error.ToString());
        }
        catch (InvalidOperationException) when (server.Phase == ServerPhase.Renewing)
        {
            return PlanOutcome.OtherPlan;
        }

        _saved.Take(server, step);
        return PlanOutcome.Taken;
    }

    /// <summary>
    /// Puts a message that is none of the server's into a mailbox. Where that fails in a folder, the server stays as it is; in a database another server may have the job now, which the
    /// server finds out when it is opened again.
    /// </summary>
    private void Relay(string party, ReadOnlyMemory<byte> message)
    {
        if (!_saved.IsInFolder)
        {
            _saved.Reopen();
            _saved.Guarded(() =>
            {
                _deliveries.Put(party, message.Span);
                _store.Commit();
            });
            return;
        }

        _deliveries.Put(party, message.Span);
    }
}
