using FedHe.Hosting.Approvals;
using FedHe.Hosting.Connections;
using FedHe.Hosting.Diagnostics;
using FedHe.Hosting.Epochs;
using FedHe.Hosting.Errors;
using FedHe.Hosting.Folders;
using FedHe.Hosting.Parties;
using FedHe.MLBridge.Identities;
using FedHe.Orchestration.Approvals;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Keys;
using FedHe.Orchestration.Messages;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace FedHe.Hosting.Authorities;

/// <summary>
/// An authority worker is a key authority as a service, which takes key requests from its mailbox at the server and sends the encrypted answers back.
/// </summary>
/// <remarks>
/// The service listens on no port. The authority's first keys were saved before the job was described, and the service saves the key of each later epoch
/// before it sends the plan.
/// </remarks>
internal sealed class AuthorityWorker(string name, IServiceProvider services) : PartyWorker
{
    private readonly ILogger _logger = services.GetRequiredService<ILoggerFactory>().CreateLogger<AuthorityWorker>();
    private readonly TimeProvider _time = services.GetRequiredService<TimeProvider>();
    private readonly FedHeKeyAuthorityOptions _options = services.GetRequiredService<IOptionsMonitor<FedHeKeyAuthorityOptions>>().Get(FedHeKeyAuthorityBuilder.OptionsName(name));
    private PartyFolder? _folder;
    private PartyProtector? _protector;
    private AuthorityKeys? _keys;
    private FederationJob? _job;
    private EpochFiles? _epochs;
    private EpochDesk? _desk;
    private AuthorityAudit? _audit;
    private ApprovalDesk? _approvals;

    // Requests that wait for administrators, one of each client. A client whose request is lost here sends it again.
    private readonly Dictionary<ClientId, Waiting> _waiting = [];
    private long _lookedAt;
    private int _epoch;

    /// <summary>Opens the folder of the authority before the host says that it has started, so that what is missing is said then.</summary>
    public override Task StartAsync(CancellationToken cancellationToken)
    {
        _folder = PartyFolder.Open(_options.Folder!);
        _job = JobFile.Read(_folder);
        _protector = PartyProtector.Open(services, name, _options.PasswordFile);
        _keys = AuthorityKeys.Load(_folder, _job, _protector, name, services);
        EpochFiles epochs = _epochs = EpochFiles.Read(_folder, _job);
        _epoch = epochs.Number;
        ApprovalRules? rules = _options.ReadRules();
        _audit = AuthorityAudit.Open(_folder, _job, _keys, epochs, rules, _time);
        ApprovalGate? gate = rules is null ? null : Demand(rules, epochs);
        _desk = new EpochDesk(_folder, _protector, epochs, _keys, _approvals, gate, _audit, _logger);
        Log.PartyBegins(_logger, ServerLink.AuthorityName, _job.JobId, _folder.Location);
        return base.StartAsync(cancellationToken);
    }

    public override void Dispose()
    {
        _keys?.Dispose();
        _protector?.Dispose();
        _folder?.Dispose();
        base.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        AccessToken? token = services.GetKeyedService<AccessToken>(FedHeKeyAuthorityBuilder.ServiceKey(name));
        using var link = new ServerLink(_options, _job!.JobId, ServerLink.AuthorityName, token?.Get, _time, _logger);
        while (true)
        {
            bool isTime = _time.GetElapsedTime(_lookedAt) >= _options.LongPoll;
            bool isOther = _approvals?.Refresh(isTime) == true || isTime;
            _desk!.TakeRequest();
            await _desk.FollowAsync(link, stoppingToken).ConfigureAwait(false);
            await AnswerWaitingAsync(link, isOther, stoppingToken).ConfigureAwait(false);
            if (await link.ReceiveAsync(after: null, stoppingToken).ConfigureAwait(false) is not ReceivedMessage received)
            {
                continue;
            }

            if (MessageInfo.TryRead(received.Beginning.Span, out MessageInfo? info) && info is { Kind: MessageKind.KeyRequest, Client: ClientId client })
            {
                await AnswerAsync(link, received, client, stoppingToken).ConfigureAwait(false);
            }

            await link.AcknowledgeAsync(received.Id, stoppingToken).ConfigureAwait(false);
        }
    }

    /// <summary>Demands approvals, and asks for them in the folder.</summary>
    private ApprovalGate Demand(ApprovalRules rules, EpochFiles epochs)
    {
        try
        {
            _approvals = new ApprovalDesk(_folder!, epochs, _audit!, _logger);
            var gate = new ApprovalGate(_job!, rules, _approvals, _time);

            // A client that came in a later epoch is a party too.
            rules.Check(epochs.Job);
            _keys!.Demand(gate);
            return gate;
        }
        catch (ArgumentException fault)
        {
            throw Throw.AdministratorsRefused(fault);
        }
    }

    /// <summary>Handles the requests once more that wait for administrators, when something has changed or a long poll is over: approvals end too.</summary>
    private async Task AnswerWaitingAsync(ServerLink link, bool isOther, CancellationToken cancellationToken)
    {
        if (_epochs!.Number != _epoch)
        {
            // Requests for grants of earlier epochs were withdrawn. A client that still needs one sends its request again.
            foreach ((ClientId client, Waiting waiting) in _waiting.Where(one => one.Value.Subject?.Epoch < _epochs.Number).ToArray())
            {
                _waiting.Remove(client);
            }

            (_epoch, isOther) = (_epochs.Number, true);
        }

        if (!isOther)
        {
            return;
        }

        _lookedAt = _time.GetTimestamp();
        foreach ((ClientId client, Waiting waiting) in _waiting.ToArray())
        {
            await AnswerAsync(link, waiting.Message, client, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Answers a request, or keeps it where administrators have to approve it first.</summary>
    private async Task AnswerAsync(ServerLink link, ReceivedMessage received, ClientId client, CancellationToken cancellationToken)
    {
        if (await TryAnswerAsync(received, client, cancellationToken).ConfigureAwait(false) is not AuthorityStep step)
        {
            return;
        }

        Waiting? waited = _waiting.GetValueOrDefault(client);
        if (step.IsWaiting)
        {
            _waiting[client] = new Waiting(received, step.Approvals?.Subject);
            Ask(client, step, isNew: waited?.Message != received);
            return;
        }

        bool isWaited = waited?.Message == received;
        if (step.Refusal is null || isWaited)
        {
            _waiting.Remove(client);
        }

        _audit!.NoteAnswer(received.ToArray().AsSpan(), client, step);
        Log.RequestAnswered(_logger, client, step.Refusal);
        await link.PostAsync(step.Answer, client, cancellationToken).ConfigureAwait(false);

        // Also where the host refused what administrators had approved: nobody asks any more.
        if ((step.Approvals?.Subject ?? (isWaited ? waited!.Subject : null)) is ApprovalSubject answered)
        {
            _approvals!.Withdraw(ApprovalFiles.NameOf(answered));
        }
    }

    private void Ask(ClientId client, AuthorityStep step, bool isNew)
    {
        if (step.Approvals is ApprovalTally tally)
        {
            _approvals!.AskForGrant(tally);
        }
        else if (isNew)
        {
            Log.WaitsForEpoch(_logger, client);
        }
    }

    /// <summary>Answers a request, or returns null where the host's authenticator failed: the client asks again, and others go on.</summary>
    private async Task<AuthorityStep?> TryAnswerAsync(ReceivedMessage received, ClientId client, CancellationToken cancellationToken)
    {
        try
        {
            return await _keys!.HandleAsync(received.ToArray(), cancellationToken).ConfigureAwait(false);
        }
        catch (Exception fault) when (fault is not OperationCanceledException || !cancellationToken.IsCancellationRequested)
        {
            Log.RequestFailed(_logger, client, fault.GetType().Name);
            return null;
        }
    }

    /// <summary>A request that waits.</summary>
    /// <param name="Message">The message.</param>
    /// <param name="Subject">What administrators are asked, or null where the epoch of its key is not known to have begun.</param>
    private sealed record Waiting(ReceivedMessage Message, ApprovalSubject? Subject);
}
