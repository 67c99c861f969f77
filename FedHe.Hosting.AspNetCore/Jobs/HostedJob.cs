using System.Collections.Concurrent;
using System.Collections.Immutable;
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
    /// <summary>The longest key request: its credential and its frame.</summary>
    public const int LongestKeyRequest = 8 * 1024;

    /// <summary>The longest answer to a key request, with the keys of a scheme.</summary>
    public const int LongestKeyAnswer = 64 * 1024 * 1024;

    /// <summary>The longest plan of an epoch; one of the largest roster is shorter.</summary>
    public const int LongestPlan = 32 * 1024 * 1024;

    private const int MostMessages = 1000;
    private const int MostOfTheLongest = 4;

    // What is saved with one flush: as many messages as wait, but few enough that the first need not wait long for the last.
    private const int MostInGroup = 32;
    private const long MostBytesInGroup = 4 * 1024 * 1024;

    private static readonly MessageKind[] FromClients =
    [
        MessageKind.Announcement, MessageKind.Upload, MessageKind.AggregateRequest, MessageKind.Confirmation, MessageKind.Objection,
        MessageKind.Showing, MessageKind.Verdict, MessageKind.KeyApproval, MessageKind.MemberKey, MessageKind.BoxReport,
        MessageKind.ShareAnswer, MessageKind.EpochVote,
    ];

    private readonly PartyFolder _folder;
    private readonly IServerStore _store;
    private readonly StateFiles _files;
    private readonly FederationServerSetup _setup;
    private readonly Dictionary<MessageKind, int> _limits;
    private readonly ILogger _logger;
    private readonly SemaphoreSlim _turn = new(1, 1);
    private readonly Broadcasts _broadcasts;
    private readonly UploadBuffer _uploads = new();
    private readonly ConcurrentQueue<PendingMessage> _pending = new();
    private readonly SemaphoreSlim _reportTurn = new(1, 1);
    private readonly ReportQueue _reports = new();
    private readonly List<ServerStep> _steps = [];

    private readonly AuditParts _auditParts;
    private readonly RetryPause _pause;

    // Null after the disk failed, until the saved state was opened again.
    private FederationServer? _server;
    private AuditTrail _audit;
    private JobStatus _status;
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
        (Name, _folder, _auditParts, _files, _setup, Callers, _server, _audit, Transfers, _logger) = (name, folder, parts, files, setup, callers, server, audit, transfers, logger);
        _store = parts.Store;
        _pause = new RetryPause(setup.Time);
        Plan = server.Plan;
        Watch = new JobWatch(setup.Time);
        Metrics = MetricBoard.Open(_store, fault => Log.MetricsUnusable(_logger, Name, Fault.Of(fault)));
        _status = JobStatus.Of(server, audit.Spent, setup.Time);
        _limits = FromClients.ToDictionary(kind => kind, server.LongestMessage);
        LongestMessage = Math.Max(LongestKeyRequest, _limits.Values.Max());
        long longest = Math.Max(LongestKeyAnswer, Math.Max(server.LongestMessage(MessageKind.Aggregate), server.LongestMessage(MessageKind.BoxDelivery)));
        _broadcasts = Broadcasts.Open(_store);
        Parties = new JobParties(setup.Job, party => Mailbox.Open(_store, _broadcasts, party, MostMessages, MostOfTheLongest * longest), setup.Time);
        Parties.Follow(server.Certificates);
        _broadcasts.KeepOnly(Parties.Mailboxes.ContainsKey);
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

    /// <summary>The length of the longest message of a client, in bytes.</summary>
    public int LongestMessage { get; }

    /// <summary>The length of the longest head of a transfer, in bytes.</summary>
    public int LongestHead => TransferHead.LongestFor(LongestMessage);

    /// <summary>The long messages that come in chunks.</summary>
    public TransferFolder Transfers { get; }

    /// <summary>Whether the last call of the clock came through, without which no deadline passes.</summary>
    public bool HasClock
    {
        get => _hasClock;
        set => _hasClock = value;
    }

    /// <summary>Whether the server is open and takes messages.</summary>
    public bool IsReady => HasClock && Volatile.Read(ref _server) is { Phase: not ServerPhase.Superseded };

    /// <summary>What the server saw of its parties.</summary>
    public JobWatch Watch { get; }

    /// <summary>The metrics that clients reported.</summary>
    public MetricBoard Metrics { get; }

    /// <summary>What the server was like after its latest step.</summary>
    public JobStatus Status => Volatile.Read(ref _status);

    /// <summary>The plan of the job's rounds.</summary>
    public FederationPlan Plan { get; }

    // A folder has each write on the disk by itself, and a failed one undoes no other; elsewhere they are one transaction.
    private bool IsInFolder => ReferenceEquals(_store, _folder);

    /// <summary>The head of the audit log on the disk.</summary>
    public AuditHead? AuditHead => Volatile.Read(ref _audit).Head;

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
            job.Take(server, saved is null ? server.Start() : server.Advance());
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

    /// <summary>Returns the limit of messages of a kind from a client, or null where clients send none.</summary>
    public int? LimitOf(MessageKind kind) => kind == MessageKind.KeyRequest ? LongestKeyRequest : _limits.TryGetValue(kind, out int limit) ? limit : null;

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

    /// <summary>
    /// Hands the server a message. When the method returns, the message and everything that follows from it are on the disk.
    /// </summary>
    /// <param name="info">What the message, which its authenticated party brought, says about itself.</param>
    /// <param name="message">The message, which is read when it is its turn.</param>
    /// <param name="cancellationToken">Ends the wait for the turn.</param>
    /// <returns>The reason why the server refused the message, and the stamp of the saved state that has it otherwise.</returns>
    /// <exception cref="IOException">The disk failed. Whatever of the message is saved, it counts once when it comes again.</exception>
    public async Task<(RefusalReason Refusal, StateStamp Stamp)> HandleAsync(MessageInfo info, IStoredMessage message, CancellationToken cancellationToken)
    {
        var own = new PendingMessage(info, message);
        _pending.Enqueue(own);
        try
        {
            await _turn.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!own.TryWithdraw())
        {
            // Somebody else hands it over just now, and its bytes must stay until then.
            return await own.Outcome.ConfigureAwait(false);
        }

        try
        {
            // Whoever comes first hands over what has gathered meanwhile.
            while (!own.Outcome.IsCompleted)
            {
                HandlePending();
            }
        }
        finally
        {
            _turn.Release();
        }

        return await own.Outcome.ConfigureAwait(false);
    }

    /// <summary>
    /// Proposes the plan of the next epoch. When the method returns, a plan that was taken is on the disk, and with it what follows. The same
    /// plan again changes nothing.
    /// </summary>
    /// <param name="message">The plan, which is read when it is its turn; untrusted.</param>
    /// <param name="cancellationToken">Ends the wait for the turn.</param>
    /// <exception cref="IOException">The disk failed.</exception>
    public async Task<PlanOutcome> ProposeAsync(IStoredMessage message, CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (!EpochPlan.TryRead(message.ToMemory().Span, Job.Authority.ParametersId, out EpochPlan? plan, out _))
            {
                return PlanOutcome.Refused(nameof(EpochError.Malformed));
            }

            if (Callers.RefusalOf(plan.Roster) is string reason)
            {
                return PlanOutcome.Refused(reason);
            }

            FederationServer server = Reopen();
            return server.Outcome is not null ? PlanOutcome.Refused("JobHasEnded")
                : server.Phase == ServerPhase.Superseded ? PlanOutcome.Refused(nameof(ServerPhase.Superseded))
                : Guarded(() => Propose(server, plan));
        }
        finally
        {
            _turn.Release();
        }
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

        await _turn.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            Reopen();
            Guarded(_store.Commit);
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>Puts a message into the mailbox of a party, as a relay.</summary>
    /// <exception cref="IOException">The message could not be written.</exception>
    public async Task RelayAsync(string party, MessageKind kind, ReadOnlyMemory<byte> message, CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (kind is MessageKind.KeyGrant or MessageKind.KeyRefusal)
            {
                Reopen();
                Guarded(() =>
                {
                    _audit.NoteKeys(party, kind, message.Span);
                    _audit.Commit();
                    _store.Commit();
                });
            }

            Relay(party, message);
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>Takes the metrics of a client, who signed them. When the method returns, those that were not refused are on the disk; the same again change nothing.</summary>
    /// <exception cref="IOException">The disk failed.</exception>
    public async Task<(MetricRefusal Refusal, bool IsNew)> ReportAsync(MetricReport report, CancellationToken cancellationToken)
    {
        if (Job.Update.Privacy is not null)
        {
            return (MetricRefusal.PrivacyTerms, false);
        }

        if (!Watch.HasAccepted(report.Slot) && !await HasContributionAsync(report.Slot, cancellationToken).ConfigureAwait(false))
        {
            return (MetricRefusal.NoUpload, false);
        }

        // Messages wait for no file that reports alone are in; a database has one session that writes.
        SemaphoreSlim turn = IsInFolder ? _reportTurn : _turn;
        var own = new PendingReport(report);
        _reports.Add(own);
        try
        {
            // Others have their turn between two groups.
            while (!own.Outcome.IsCompleted)
            {
                await turn.WaitAsync(cancellationToken).ConfigureAwait(false);
                try
                {
                    if (!own.Outcome.IsCompleted)
                    {
                        TakeReports();
                    }
                }
                finally
                {
                    turn.Release();
                }
            }
        }
        catch when (!_reports.TryWithdraw(own))
        {
            // Somebody else has it, and answers for it.
        }

        return await own.Outcome.ConfigureAwait(false);
    }

    /// <summary>Lets deadlines pass, and reports clients that were not heard for a time.</summary>
    /// <returns>The time after which the method is to be called again, at most.</returns>
    public async Task<TimeSpan?> TickAsync(TimeSpan unreachableAfter, CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            FederationServer server = Reopen();
            if (server.DueIn <= TimeSpan.Zero)
            {
                server = Run(one => one.Advance());
            }

            foreach (ClientId client in server.AvailableClients.Where(client => Seats.TryGetValue(client.Value, out PartySeat? seat) && seat.Silence > unreachableAfter).ToList())
            {
                Seats[client.Value].MustAnnounce = true;
                Log.Unreachable(_logger, Name, client.Value, Seats[client.Value].Silence);
                server = Run(one => one.ReportUnreachable(client));
            }

            Transfers.Expire(message => LatenessOf(message) is not null);

            // A store brings deletions to its disk, and finds out that another server has taken over, although no message comes.
            Guarded(_store.Commit);
            return server.DueIn;
        }
        catch (IOException)
        {
            // It is in the log, and the next call tries again.
            return null;
        }
        finally
        {
            _turn.Release();
        }
    }

    public void Dispose()
    {
        _server?.Dispose();
        _store.Dispose();
        _turn.Dispose();
        _reportTurn.Dispose();
    }

    /// <summary>
    /// Hands the server messages that wait, one after the other, and saves what all of them changed together: with the flushes of one, and of the messages
    /// that follow. Nobody has an answer before.
    /// </summary>
    private void HandlePending()
    {
        var group = new List<(PendingMessage Message, RefusalReason Refusal)>();
        try
        {
            FederationServer server = Reopen();
            Guarded(() =>
            {
                long bytes = 0;
                while (group.Count < MostInGroup && bytes < MostBytesInGroup && _pending.TryDequeue(out PendingMessage? pending))
                {
                    if (!pending.TryTake())
                    {
                        continue;
                    }

                    group.Add((pending, RefusalReason.None));
                    bytes += pending.Message.Length;
                    if (pending.Info.Kind == MessageKind.Upload && _files.StaysInFile(pending.Message))
                    {
                        using Stream? stream = TryFile(pending, pending.Message.OpenRead);
                        if (stream is not null)
                        {
                            group[^1] = (pending, Handle(server, () => server.Handle(stream, pending.Message.Digests), pending));
                        }
                    }
                    else if (TryFile<ReadOnlyMemory<byte>?>(pending, () => _uploads.Read(pending.Message, pending.Info.Kind)) is ReadOnlyMemory<byte> message)
                    {
                        group[^1] = (pending, Handle(server, () => server.Handle(message), pending));
                    }
                }

                Save(server, state: null);
            });
            group.ForEach(entry => entry.Message.Complete(entry.Refusal, server.Stamp));
        }
        catch (Exception fault)
        {
            // The caller whose turn it is may have none of them yet, and must not wait for what cannot be.
            if (group.Count == 0 && _pending.TryDequeue(out PendingMessage? first) && first.TryTake())
            {
                group.Add((first, RefusalReason.None));
            }

            group.ForEach(entry => entry.Message.Fail(fault));
        }
    }

    /// <summary>Reads or opens a message, or fails it alone where that is not possible, whatever the reason: the server has not changed yet.</summary>
    private static T? TryFile<T>(PendingMessage pending, Func<T> read)
    {
        try
        {
            return read();
        }
        catch (Exception fault)
        {
            pending.Fail(fault);
            return default;
        }
    }

    private RefusalReason Handle(FederationServer server, Func<ServerStep> handle, PendingMessage pending)
    {
        ServerStep step;
        try
        {
            step = handle();
        }
        catch (AggregationBrokenException broken) when (broken.InnerException is IOException failed)
        {
            throw new IOException(failed.Message, broken);
        }

        MessageInfo info = pending.Info;
        if (step.Refusal != RefusalReason.None && info.Client is ClientId sender)
        {
            _audit.NoteRefusal(sender.Value, info.Kind, step.Refusal);
            Watch.Refused(sender.Value, info.Kind, step.Refusal);
        }

        Gather(server, step, pending.Message);
        return step.Refusal;
    }

    /// <summary>Lets the server take a step, and brings what follows to the disk. Where that fails, the server is thrown away.</summary>
    private FederationServer Run(Func<FederationServer, ServerStep> call)
    {
        FederationServer server = Reopen();
        Guarded(() => Take(server, call(server)));
        return server;
    }

    /// <summary>Returns the server, which goes on from the saved state after the disk failed: what it had not saved never happened.</summary>
    /// <exception cref="IOException">The disk fails still, or has failed just now in an attempt that took long.</exception>
    private FederationServer Reopen()
    {
        if (_server is FederationServer open)
        {
            return open;
        }

        return _pause.Try(() => Guarded(() =>
        {
            FederationServer restored = _files.Open(_setup, out StateStamp? saved);
            Volatile.Write(ref _server, restored);
            Volatile.Write(ref _audit, AuditTrail.Open(_auditParts, _setup, restored, saved, isStart: false));
            Take(restored, saved is null ? restored.Start() : restored.Advance());
            return restored;
        }));
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

        Take(server, step);
        return PlanOutcome.Taken;
    }

    private void Guarded(Action work) => Guarded(() =>
    {
        work();
        return true;
    });

    private T Guarded<T>(Func<T> work)
    {
        try
        {
            return work();
        }
        catch (Exception fault)
        {
            // Whatever it was, memory may be ahead of the disk.
            Log.FolderFailed(_logger, Name, Fault.Of(fault));
            _steps.Clear();
            _files.Forget();
            if (!IsInFolder)
            {
                // What reports wrote in the same transaction is undone with it.
                Metrics.Forget();
            }

            _store.Rollback();
            _server?.Dispose();
            Volatile.Write(ref _server, null);
            if (fault is SumFileException failed)
            {
                // A sum is on the disk too, and goes on when that works again.
                throw new IOException(failed.Message, failed);
            }

            throw;
        }
    }

    private void Take(FederationServer server, ServerStep step)
    {
        Gather(server, step);
        Save(server, state: null);
    }

    /// <summary>Takes in what a step changed, which is saved with the steps behind it; or at once with those before it, where the state must be saved.</summary>
    private void Gather(FederationServer server, ServerStep step, IStoredMessage? message = null)
    {
        _audit.Note(server, step);
        _steps.Add(step);
        if (!_files.TryGather(step, message))
        {
            Save(server, step.State);
        }
        else if (step.Messages.Any(message => message.Kind != MessageKind.Acknowledgement))
        {
            // A saved state holds the messages of its last step only, so messages must be saved with their step, except acknowledgements, which the server makes again on request.
            Save(server, state: null);
        }
    }

    /// <summary>Saves what the gathered steps changed, and then delivers their messages.</summary>
    private void Save(FederationServer server, SavedState? state)
    {
        if (_steps.Exists(step => step.State is not null))
        {
            _audit.Prepare(server.Stamp);
        }

        _files.Save(state);
        _audit.Commit();
        if (server.Job.EpochNumber != Parties.Job.EpochNumber)
        {
            Parties.Follow(server.Certificates);
            SayWhoHasNoPin();
        }

        _steps.ForEach(step => Deliver(step.Messages));
        _store.Commit();
        foreach (ServerStep step in _steps)
        {
            foreach (Contribution upload in step.Accepted)
            {
                Watch.Accepted(upload.Client.Value, upload.Slot.Round, upload.Slot.Attempt, upload.UploadLength);
            }

            if (step.Failure is Exception failure)
            {
                Log.SelectionFailed(_logger, Name, Fault.Of(failure));
            }
        }

        _steps.Clear();
        Volatile.Write(ref _status, JobStatus.Of(server, _audit.Spent, _setup.Time));
    }

    /// <summary>Says which clients of the current epoch the configuration has no pin of, so that the server refuses them.</summary>
    public void SayWhoHasNoPin()
    {
        foreach (ClientId client in Callers.WithoutPin(Parties.Job.Roster))
        {
            Log.PinMissing(_logger, Name, client, Parties.Job.EpochNumber);
        }
    }

    /// <summary>Puts messages into mailboxes in their order, and the same bytes for several parties on the disk once.</summary>
    private void Deliver(ImmutableArray<OutgoingMessage> messages)
    {
        int end;
        for (int begin = 0; begin < messages.Length; begin = end)
        {
            OutgoingMessage message = messages[begin];
            end = begin + 1;
            while (end < messages.Length && messages[end].IsSameMessageAs(message))
            {
                end++;
            }

            // An answer to nobody on the roster has no mailbox; the answer to its request says that it was refused.
            string[] parties = [.. messages[begin..end].Select(message => message.Recipient?.Value).OfType<string>().Where(Parties.Mailboxes.ContainsKey).Distinct(StringComparer.Ordinal)];
            if (parties.Length > 1)
            {
                Broadcast broadcast = _broadcasts.Write(parties, message);
                foreach (string party in parties)
                {
                    NoteSent(party, broadcast.Info, message.Length);
                    MailboxOf(party).Put(broadcast, dropped => Log.MailboxFull(_logger, Name, party, dropped));
                }
            }
            else if (parties.Length == 1)
            {
                NoteSent(parties[0], message.ReadInfo(), message.Length);
                MailboxOf(parties[0]).Put(message, dropped => Log.MailboxFull(_logger, Name, parties[0], dropped));
            }
        }
    }

    private void Put(string party, ReadOnlySpan<byte> message)
    {
        NoteSent(party, MessageInfo.TryRead(message, out MessageInfo? info) ? info : null, message.Length);
        MailboxOf(party).Put(message, dropped => Log.MailboxFull(_logger, Name, party, dropped));
    }

    /// <summary>
    /// Puts a message that is none of the server's into a mailbox. Where that fails in a folder, the server stays as it is; in a database another server may have the job now, which the
    /// server finds out when it is opened again.
    /// </summary>
    private void Relay(string party, ReadOnlyMemory<byte> message)
    {
        if (!IsInFolder)
        {
            Reopen();
            Guarded(() =>
            {
                Put(party, message.Span);
                _store.Commit();
            });
            return;
        }

        Put(party, message.Span);
    }

    /// <summary>Finds out whether the open attempt has an upload that an earlier process took.</summary>
    private async Task<bool> HasContributionAsync(UploadSlot slot, CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            return Reopen().Contributions.Any(upload => upload.Slot == slot);
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>Takes reports in that wait, one of each client, with one commit. No step depends on them: where that fails, the server stays as it is.</summary>
    private void TakeReports()
    {
        if (!IsInFolder)
        {
            // A database that is away is asked again with a pause, and for nothing while it is.
            Reopen();
        }

        List<PendingReport> group = _reports.Take(MostInGroup);
        try
        {
            (MetricRefusal Refusal, bool IsNew)[] taken = [.. group.Select(pending => (Metrics.Take(pending.Report, out bool isNew), isNew))];
            _store.Commit();
            for (int i = 0; i < group.Count; i++)
            {
                group[i].Complete(taken[i]);
            }
        }
        catch (Exception fault)
        {
            Metrics.Forget();
            _store.Rollback();
            group.ForEach(pending => pending.Fail(fault));
        }
    }

    private void NoteSent(string party, MessageInfo? info, long length)
    {
        if (info is not null)
        {
            Watch.Sent(party, info, length);
        }
    }
}
