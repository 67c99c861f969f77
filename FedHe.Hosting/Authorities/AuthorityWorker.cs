using FedHe.Hosting.Connections;
using FedHe.Hosting.Diagnostics;
using FedHe.Hosting.Folders;
using FedHe.Hosting.Parties;
using FedHe.MLBridge.Identities;
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
    private readonly FedHePartyOptions _options = services.GetRequiredService<IOptionsMonitor<FedHePartyOptions>>().Get(FedHeKeyAuthorityBuilder.OptionsName(name));
    private PartyFolder? _folder;
    private PartyProtector? _protector;
    private AuthorityKeys? _keys;
    private FederationJob? _job;
    private EpochDesk? _desk;

    /// <summary>Opens the folder of the authority before the host says that it has started, so that what is missing is said then.</summary>
    public override Task StartAsync(CancellationToken cancellationToken)
    {
        _folder = PartyFolder.Open(_options.Folder!);
        _job = JobFile.Read(_folder);
        _protector = PartyProtector.Open(services, name, _options.PasswordFile);
        _keys = AuthorityKeys.Load(_folder, _job, _protector, name, services);
        _desk = new EpochDesk(_folder, _protector, _job, _keys, _logger);
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
            _desk!.TakeRequest();
            await _desk.FollowAsync(link, stoppingToken).ConfigureAwait(false);
            if (await link.ReceiveAsync(after: null, stoppingToken).ConfigureAwait(false) is not ReceivedMessage received)
            {
                continue;
            }

            if (MessageInfo.TryRead(received.Bytes, out MessageInfo? info) && info is { Kind: MessageKind.KeyRequest, Client: ClientId client })
            {
                if (await TryAnswerAsync(received, client, stoppingToken).ConfigureAwait(false) is AuthorityStep step)
                {
                    Log.RequestAnswered(_logger, client, step.Refusal);
                    await link.PostAsync(step.Answer, client, stoppingToken).ConfigureAwait(false);
                }
            }

            await link.AcknowledgeAsync(received.Id, stoppingToken).ConfigureAwait(false);
        }
    }

    /// <summary>Answers a request, or returns null where the host's authenticator failed: the client asks again, and others go on.</summary>
    private async Task<AuthorityStep?> TryAnswerAsync(ReceivedMessage received, ClientId client, CancellationToken cancellationToken)
    {
        try
        {
            return await _keys!.HandleAsync(received.Bytes, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception fault) when (fault is not OperationCanceledException || !cancellationToken.IsCancellationRequested)
        {
            Log.RequestFailed(_logger, client, fault.GetType().Name);
            return null;
        }
    }
}
