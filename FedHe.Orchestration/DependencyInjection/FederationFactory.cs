using FedHe.Crypto;
using FedHe.Crypto.Errors;
using FedHe.MLBridge.Layout;
using FedHe.Orchestration.Client;
using FedHe.Orchestration.Errors;
using FedHe.Orchestration.Identities;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Keys;
using FedHe.Orchestration.Server;
using FedHe.Orchestration.Strategies;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace FedHe.Orchestration.DependencyInjection;

/// <summary>Makes the parties of a job from registered services. Every party can also be constructed without this factory.</summary>
public sealed class FederationFactory
{
    private readonly HeContext _context;
    private readonly IClientSampler _sampler;
    private readonly IClientAuthenticator _authenticator;
    private readonly TimeProvider _time;
    private readonly FederationOptions _options;
    private readonly ILoggerFactory? _loggerFactory;

    /// <summary>Creates the factory; the container does.</summary>
    /// <param name="context">Scheme and parameters.</param>
    /// <param name="sampler">Draws the clients of a round.</param>
    /// <param name="authenticator">Decides who gets keys.</param>
    /// <param name="time">The clock.</param>
    /// <param name="options">Validated options.</param>
    /// <param name="services">Looked up for an <see cref="ILoggerFactory"/>, which is optional.</param>
    public FederationFactory(
        HeContext context,
        IClientSampler sampler,
        IClientAuthenticator authenticator,
        TimeProvider time,
        IOptions<FederationOptions> options,
        IServiceProvider services)
    {
        ArgumentNullException.ThrowIfNull(options);
        _context = context;
        _sampler = sampler;
        _authenticator = authenticator;
        _time = time;
        _options = options.Value;
        _loggerFactory = services.GetService<ILoggerFactory>();
    }

    /// <summary>Makes the key authority of a job.</summary>
    public KeyAuthority CreateAuthority(Guid jobId, ClientRoster roster)
        => new(jobId, _context, roster, _authenticator, _loggerFactory?.CreateLogger<KeyAuthority>());

    /// <summary>Describes a server, to be constructed or restored; strategy and anything else can be replaced in it.</summary>
    public FederationServerSetup DescribeServer(FederationJob job, ClientRoster roster, IProgress<RoundReport>? reports = null) => new()
    {
        Context = _context.Public,
        Job = job,
        Roster = roster,
        Sampler = _sampler,
        Safety = _options.Safety,
        Time = _time,
        Reports = reports,
        Logger = _loggerFactory?.CreateLogger<FederationServer>(),
    };

    /// <summary>Opens the answer to a client's key request.</summary>
    /// <exception cref="KeyRefusedException">The authority refused.</exception>
    /// <exception cref="HeFormatException">The answer is not a grant for this request.</exception>
    public ClientKeys OpenKeys(KeyRequest request, ReadOnlyMemory<byte> answer)
    {
        ArgumentNullException.ThrowIfNull(request);
        return request.Open(_context, answer);
    }

    /// <summary>Describes a client, to be constructed; anything else can be replaced in it.</summary>
    public FederationClientSetup DescribeClient(
        FederationJob job, ClientIdentity identity, ClientKeys keys, ILocalTrainer trainer, ModelParameters initialModel) => new()
        {
            Job = job,
            Identity = identity,
            Keys = keys,
            Trainer = trainer,
            InitialModel = initialModel,
            Safety = _options.Safety,
            Time = _time,
            Logger = _loggerFactory?.CreateLogger<FederationClient>(),
        };
}
