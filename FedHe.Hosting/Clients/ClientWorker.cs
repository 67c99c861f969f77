using System.Diagnostics;
using FedHe.Crypto;
using FedHe.Hosting.Connections;
using FedHe.Hosting.Diagnostics;
using FedHe.Hosting.Errors;
using FedHe.Hosting.Folders;
using FedHe.Hosting.Parties;
using FedHe.MLBridge.Layout;
using FedHe.Orchestration.Client;
using FedHe.Orchestration.DependencyInjection;
using FedHe.Orchestration.Errors;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Keys;
using FedHe.Orchestration.Messages;
using FedHe.Orchestration.Metrics;
using FedHe.Orchestration.Privacy;
using FedHe.Orchestration.Transport;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace FedHe.Hosting.Clients;

/// <summary>
/// A client, who may be a committee member, as a service: it takes messages from its mailbox one after another, saves what follows, sends
/// the answers, and only then lets the server forget the message. What arrives meanwhile ends a training that serves nothing any more.
/// </summary>
internal sealed class ClientWorker(string name, IServiceProvider services) : PartyWorker
{
    // Bytes that wait for the message that is handled; with more, the client asks for no message until one is handled.
    private const long MostWaitingBytes = 256L * 1024 * 1024;

    // An answer of a key authority has the keys of a scheme at most.
    private const int LongestKeyAnswer = 64 * 1024 * 1024;

    private static readonly TimeSpan FirstDropout = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestDropout = TimeSpan.FromMinutes(5);

    private readonly ILogger _logger = services.GetRequiredService<ILoggerFactory>().CreateLogger<ClientWorker>();
    private readonly TimeProvider _time = services.GetRequiredService<TimeProvider>();
    private readonly FederationFactory _factory = services.GetRequiredKeyedService<FederationFactory>(name);
    private readonly FedHePartyOptions _options = services.GetRequiredService<IOptionsMonitor<FedHePartyOptions>>().Get(FedHeClientBuilder.OptionsName(name));
    private readonly ModelDelivery _models = new([.. services.GetKeyedServices<ModelReceiver>(name)], services.GetRequiredService<ILoggerFactory>().CreateLogger<ClientWorker>());
    private ClientFiles? _files;
    private MetricKeeper? _metrics;
    private ClientModels? _clientModels;
    private IPrivacyProvider? _privacy;
    private TimeSpan _dropout = FirstDropout;

    // The reports of metrics that are on their way to the server.
    private Task _reports = Task.CompletedTask;

    /// <summary>Opens the folder of the client before the host says that it has started, so that what is missing is said then.</summary>
    public override Task StartAsync(CancellationToken cancellationToken)
    {
        _clientModels = ClientModels.Of(services, name);
        _files = ClientFiles.Open(_options.Folder!, () => PartyProtector.Open(services, name, _options.PasswordFile));
        _privacy = services.GetKeyedService<IPrivacyProvider>(name);
        if (_files.Job.Update.Privacy is not null && _privacy is null)
        {
            throw Throw.NoPrivacy(name);
        }

        if (_options.ReportMetrics)
        {
            if (_files.Job.Update.Privacy is not null)
            {
                throw Throw.MetricsNotCovered(name);
            }

            _clientModels = _clientModels.WithMetrics(name, out _metrics);
            Log.ReportsMetrics(_logger, _files.Identity.Client);
        }

        Log.PartyBegins(_logger, _files.Identity.Client.Value, _files.Job.JobId, _files.Location);
        return base.StartAsync(cancellationToken);
    }

    public override void Dispose()
    {
        _files?.Dispose();
        base.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        ClientFiles files = _files!;
        using var link = new ServerLink(
            _options, files.Job.JobId, files.Identity.Client.Value, services.GetKeyedService<AccessToken>(name)?.Get, _time, _logger)
        {
            Identity = files.Identity,
        };
        HeContext? context = files.Job.Committee is null ? services.GetRequiredKeyedService<HeContext>(name) : null;
        if (files.IsJoining)
        {
            await Joining.WaitAsync(files, link, _options, _time, _logger, stoppingToken).ConfigureAwait(false);
        }

        // What waits for the client is of no use before it has its keys, and is taken then.
        link.LongestWanted = LongestKeyAnswer;
        using KeyRing keys = files.TryLoadKeys(context)
            ?? await KeyEnrollment.ObtainAsync(files, _factory, link, _time, _logger, stoppingToken).ConfigureAwait(false);
        FederationClientSetup setup = _clientModels!.Describe(_factory, files, files.Epochs.Of(keys.Epoch), keys.First) with { EpochKeys = keys.Later, Privacy = _privacy };
        using FederationClient client = files.CreateClient(setup);
        link.LongestWanted = null;
        link.Files = setup.Files is null ? null : files.OpenReceived(Math.Max(LongestKeyAnswer, client.LongestMessage), services.GetService<ReceivedLimits>()?.LongestInMemory ?? ReceivedFiles.UsualInMemory);
        files.Follow(client, keys.Epoch);
        if (files.SilentRound > 0)
        {
            Log.SilentMember(_logger, client.Client, files.SilentRound);
        }

        await _models.DeliverAsync(client, stoppingToken).ConfigureAwait(false);
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken);
        using var inbox = new Inbox(MostWaitingBytes);
        using var renewal = new KeyRenewal(files, _factory, client, keys, link, _time, _logger);
        var session = new Session(client, link, renewal, keys.Epoch);
        Task[] loops = [ReceiveAsync(client, link, inbox, ending.Token), HandleAsync(session, inbox, ending.Token)];
        Task warmUp = WarmUpAsync(client, context, ending.Token);
        Task first = await Task.WhenAny(loops).ConfigureAwait(false);
        await ending.CancelAsync().ConfigureAwait(false);
        await Task.WhenAll([.. loops, warmUp]).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await _reports.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        try
        {
            await first.ConfigureAwait(false);
        }
        catch (HostingException refused) when (refused.Error == HostingError.NotAuthorized && client.Outcome == FederationOutcome.Left)
        {
            // The server knows the pin of a client that left no more.
        }

        Log.ClientLeft(_logger, client.Client);
        End(services);
    }

    /// <summary>
    /// Compiles what a round needs, while the client waits for an invitation or trains. Nobody waits for it before the end, and its failure fails nothing.
    /// </summary>
    private async Task WarmUpAsync(FederationClient client, HeContext? context, CancellationToken cancellationToken)
    {
        await FederationWarmUp.RunAsync(client.Job, context, cancellationToken).ConfigureAwait(false);
        Log.WarmedUp(_logger, client.Client);
    }

    /// <summary>
    /// Takes messages from the mailbox, and announces the client at the beginning and after every interruption. A null in the inbox stands
    /// for an announcement: what the server has not acknowledged is sent again behind it.
    /// </summary>
    private async Task ReceiveAsync(FederationClient client, ServerLink link, Inbox inbox, CancellationToken cancellationToken)
    {
        var cursor = new MailboxCursor();
        int announced = -1;
        while (true)
        {
            if (link.Interruptions is int interruptions && interruptions != announced)
            {
                announced = interruptions;
                await link.PostAsync(client.Announce(), recipient: null, cancellationToken).ConfigureAwait(false);
                await inbox.PutAsync(null, cancellationToken).ConfigureAwait(false);
            }

            if (await link.ReceiveAsync(cursor.Last, cancellationToken).ConfigureAwait(false) is not ReceivedMessage received)
            {
                inbox.PutIdle();
                continue;
            }

            if (cursor.MoveTo(received.Id))
            {
                link.Interrupt();
            }

            if (received.IsInFile)
            {
                Log.TakenToAFile(_logger, client.Client, received.Length);
            }

            Notice(client, received);

            await inbox.PutAsync(received, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Ends a training that a message makes pointless.</summary>
    private static void Notice(FederationClient client, ReceivedMessage received)
    {
        try
        {
            client.Notice(received.OpenRead());
        }
        catch (IOException)
        {
            // The client is told when the message is handled.
        }
    }

    /// <summary>
    /// Handles what is in the inbox, and returns when the client has left, its model was delivered, and the server has nothing more for it: a
    /// server that was set back may ask a member that left for its vote again.
    /// </summary>
    private async Task HandleAsync(Session session, Inbox inbox, CancellationToken cancellationToken)
    {
        (FederationClient client, ServerLink link, KeyRenewal renewal, int begun) = session;
        while (true)
        {
            ReceivedMessage? received = await inbox.TakeAsync(cancellationToken).ConfigureAwait(false);
            if (received is null)
            {
                foreach (SignedMessage message in client.UnacknowledgedMessages)
                {
                    await link.PostAsync(message, cancellationToken).ConfigureAwait(false);
                }
            }
            else if (received != Inbox.Idle)
            {
                using (received)
                {
                    await HandleAsync(session, received, cancellationToken).ConfigureAwait(false);
                }
            }

            _files!.Follow(client, begun);
            await renewal.AskAsync(cancellationToken).ConfigureAwait(false);
            if (!_files.KeepAuditHead(link.AuditHead, client.ModelRound))
            {
                Log.AuditLogIsAnother(_logger, client.Client);
            }

            bool isDelivered = await _models.DeliverAsync(client, cancellationToken).ConfigureAwait(false);
            if (received == Inbox.Idle && isDelivered && client.Outcome == FederationOutcome.Left)
            {
                await _reports.ConfigureAwait(false);
                return;
            }
        }
    }

    private async Task HandleAsync(Session session, ReceivedMessage received, CancellationToken cancellationToken)
    {
        (FederationClient client, ServerLink link, KeyRenewal renewal, _) = session;
        KeyRefusedException? refused = null;
        RoundMetrics? metrics = null;
        _ = MessageInfo.TryRead(received.Beginning.Span, out MessageInfo? info);
        if (info?.Kind is MessageKind.KeyGrant or MessageKind.KeyRefusal)
        {
            // A longer one is none, and is acknowledged all the same.
            refused = received.Length <= LongestKeyAnswer ? await renewal.TakeAsync(received.ToArray(), cancellationToken).ConfigureAwait(false) : null;
        }
        else if (info is not null && !IsSilent(info))
        {
            using Activity? activity = Traces.Begin(client.Job.JobId, client.Client, info);
            ClientStep step;
            try
            {
                step = received.IsInFile
                    ? await client.HandleAsync(received.OpenRead(), cancellationToken).ConfigureAwait(false)
                    : await client.HandleAsync(received.ToArray(), cancellationToken).ConfigureAwait(false);
                _dropout = FirstDropout;
            }
            catch (Exception fault) when (_clientModels!.IsFaultOfFiles(fault))
            {
                // The message stays in the mailbox until the client can keep what follows from it.
                throw Throw.ClientFilesFailed(_files!.Location, fault);
            }
            catch (Exception fault) when (fault is not OperationCanceledException || !cancellationToken.IsCancellationRequested)
            {
                await DropOutAsync(client, link, received, fault, cancellationToken).ConfigureAwait(false);
                return;
            }

            _files!.Save(step);
            bool isTaken = true;
            foreach (SignedMessage message in step.Outgoing)
            {
                isTaken &= await link.PostAsync(message, cancellationToken).ConfigureAwait(false);
            }

            if (isTaken && step.Outgoing.Length > 0 && info.Kind == MessageKind.Invitation)
            {
                metrics = _metrics?.Take(info.Round, info.Attempt);
            }
        }

        // A refusal is acknowledged too, or it would be there at each new start.
        await link.AcknowledgeAsync(received.Id, cancellationToken).ConfigureAwait(false);
        if (metrics is not null)
        {
            // The client goes on with the job meanwhile. A report ends soon, with or without the server.
            _reports = Task.WhenAll(_reports, ReportAsync(client, link, info!, metrics, cancellationToken));
        }

        if (refused is not null)
        {
            throw Throw.KeysRefused(refused);
        }
    }

    /// <summary>Reports the metrics of a training whose upload the server has. Whatever becomes of them, the round goes on.</summary>
    private async Task ReportAsync(FederationClient client, ServerLink link, MessageInfo info, RoundMetrics metrics, CancellationToken cancellationToken)
    {
        var report = MetricReport.Sign(client.Job.JobId, info.Round, info.Attempt, metrics, _files!.Identity);
        MetricAnswer answer = await link.PostMetricsAsync(report.Bytes, cancellationToken).ConfigureAwait(false);
        if (answer != MetricAnswer.Taken)
        {
            Log.MetricsNotTaken(_logger, client.Client, info.Round, answer.ToString());
        }
    }

    /// <summary>
    /// Leaves the round after a trainer or its model failed, and announces the client after a while, which grows as long as nothing succeeds.
    /// </summary>
    private async Task DropOutAsync(FederationClient client, ServerLink link, ReceivedMessage received, Exception fault, CancellationToken cancellationToken)
    {
        Log.DroppedOut(_logger, client.Client, fault.GetType().Name, _dropout);
        await link.AcknowledgeAsync(received.Id, cancellationToken).ConfigureAwait(false);
        await Task.Delay(_dropout, _time, cancellationToken).ConfigureAwait(false);
        _dropout = TimeSpan.FromTicks(Math.Min(2 * _dropout.Ticks, LongestDropout.Ticks));
        await link.PostAsync(client.Announce(), recipient: null, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Tells whether a message asks a member that lost its ledger for an answer.</summary>
    private bool IsSilent(MessageInfo info)
        => info.Kind is MessageKind.MemberKeyRequest or MessageKind.BoxDelivery or MessageKind.ListOffer && info.Round <= _files!.SilentRound;

    /// <summary>A client at work: with its link to the server, what obtains the keys of later epochs, and the epoch that it began with.</summary>
    private sealed record Session(FederationClient Client, ServerLink Link, KeyRenewal Renewal, int Begun);
}
