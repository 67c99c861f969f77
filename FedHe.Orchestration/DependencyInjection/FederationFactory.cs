using System.Diagnostics.Metrics;
using FedHe.Crypto;
using FedHe.Crypto.Errors;
using FedHe.Crypto.KeyAdditive;
using FedHe.Crypto.KeyAdditive.Parameters;
using FedHe.MLBridge.Layout;
using FedHe.MLBridge.Updates;
using FedHe.Orchestration.Client;
using FedHe.Orchestration.Errors;
using FedHe.Orchestration.Identities;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Keys;
using FedHe.Orchestration.Protection;
using FedHe.Orchestration.Server;
using FedHe.Orchestration.Strategies;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace FedHe.Orchestration.DependencyInjection;

/// <summary>
/// A federation factory makes the parties of a job from registered services. Every party can also be constructed
/// without it.
/// </summary>
public sealed class FederationFactory
{
    private readonly HeContext? _context;
    private readonly ServerIdentity _identity;
    private readonly IClientSampler _sampler;
    private readonly IClientAuthenticator? _authenticator;
    private readonly TimeProvider _time;
    private readonly FederationOptions _options;
    private readonly ILoggerFactory? _loggerFactory;
    private readonly IMeterFactory? _meterFactory;

    /// <summary>Creates the factory; the service container calls this constructor.</summary>
    /// <param name="identity">The identity that signs the messages of the host's servers.</param>
    /// <param name="sampler">The sampler that draws the clients of a round.</param>
    /// <param name="time">The clock.</param>
    /// <param name="options">The validated options.</param>
    /// <param name="services">
    /// The service provider, which has the <see cref="HeContext"/> where a scheme was chosen, and may have an <see
    /// cref="IClientAuthenticator"/> that decides who gets keys, an <see cref="ILoggerFactory"/> and an <see cref="IMeterFactory"/>.
    /// </param>
    public FederationFactory(
        ServerIdentity identity,
        IClientSampler sampler,
        TimeProvider time,
        IOptions<FederationOptions> options,
        IServiceProvider services)
    {
        ArgumentNullException.ThrowIfNull(options);
        _identity = identity;
        _sampler = sampler;
        _authenticator = services.GetService<IClientAuthenticator>();
        _time = time;
        _options = options.Value;
        _context = _options.Scheme is null ? null : services.GetRequiredService<HeContext>();
        _loggerFactory = services.GetService<ILoggerFactory>();
        _meterFactory = services.GetService<IMeterFactory>();
    }

    /// <summary>Creates the factory of a named federation from the services that have its name as their key.</summary>
    internal FederationFactory(string name, IServiceProvider services)
    {
        Name = name;
        _identity = services.GetRequiredKeyedService<ServerIdentity>(name);
        _sampler = services.GetRequiredKeyedService<IClientSampler>(name);
        _authenticator = services.GetKeyedService<IClientAuthenticator>(name);
        _time = services.GetRequiredService<TimeProvider>();
        _options = services.GetRequiredService<IOptionsMonitor<FederationOptions>>().Get(name);
        _context = _options.Scheme is null ? null : services.GetRequiredKeyedService<HeContext>(name);
        _loggerFactory = services.GetService<ILoggerFactory>();
        _meterFactory = services.GetService<IMeterFactory>();
    }

    /// <summary>The name of the federation, or null for the unnamed one.</summary>
    public string? Name { get; }

    /// <summary>The key that verifies the messages of the host's servers, to be named in their jobs.</summary>
    public VerificationKey ServerKey => _identity.VerificationKey;

    private HeContext Context => _context ?? throw Throw.NoScheme(Name);

    /// <summary>
    /// Settles who opens the sums of a job, from <see cref="FederationOptions.Keys"/> and the scheme that was chosen: a committee unless the
    /// host chose otherwise, from four clients on.
    /// </summary>
    /// <param name="clients">The number of clients on the roster of the job.</param>
    /// <param name="protection">What the models of the job are encrypted under.</param>
    /// <exception cref="ArgumentException">A committee was chosen where there can be none, and the message says why.</exception>
    public KeyPlan SettleKeys(int clients, JobProtection protection = JobProtection.RoundKeys)
        => _options.Keys.Settle(clients, protection, _context?.Parameters.SchemeName);

    /// <summary>Creates the key authority of a job.</summary>
    /// <exception cref="InvalidOperationException">No authenticator was named, or no scheme was chosen.</exception>
    public KeyAuthority CreateAuthority(Guid jobId, ClientRoster roster)
        => new(
            jobId,
            Context,
            roster,
            _authenticator ?? throw Throw.NoAuthenticator(Name),
            _loggerFactory?.CreateLogger<KeyAuthority>(),
            _meterFactory);

    /// <summary>Creates the authority of the group key of a job with a committee.</summary>
    /// <param name="jobId">The job.</param>
    /// <param name="parameters">The parameters of the job's round keys: see <see cref="FederationJob.PlanRoundKeys(FederationSettings, AggregationTerms, UpdateTerms?)"/>.</param>
    /// <param name="roster">The clients that may request the key.</param>
    /// <exception cref="InvalidOperationException">No authenticator was named.</exception>
    public GroupKeyAuthority CreateGroupKeyAuthority(Guid jobId, KeyAdditiveParameters parameters, ClientRoster roster)
        => new(
            jobId,
            parameters,
            roster,
            _authenticator ?? throw Throw.NoAuthenticator(Name),
            _loggerFactory?.CreateLogger<GroupKeyAuthority>(),
            _meterFactory);

    /// <summary>Creates the key authority of a job from keys that <see cref="KeyAuthority"/> saved.</summary>
    /// <param name="saved">The saved keys.</param>
    /// <param name="protector">The protector that they were saved under.</param>
    /// <param name="roster">The clients that may request keys.</param>
    /// <exception cref="InvalidOperationException">No authenticator was named, or no scheme was chosen.</exception>
    /// <exception cref="HeFormatException">The bytes are not saved keys of these parameters, or the protector does not open them.</exception>
    public KeyAuthority LoadAuthority(ReadOnlySpan<byte> saved, ISecretProtector protector, ClientRoster roster)
        => KeyAuthority.Load(
            saved,
            protector,
            Context,
            roster,
            _authenticator ?? throw Throw.NoAuthenticator(Name),
            _loggerFactory?.CreateLogger<KeyAuthority>(),
            _meterFactory);

    /// <summary>
    /// Creates the setup of a server of a job that names <see cref="ServerKey"/>, to be constructed or restored; the strategy
    /// and every other part can be replaced in it.
    /// </summary>
    /// <remarks>The setup has the scheme's context or, where the job has a committee, the context of the job's round keys.</remarks>
    /// <exception cref="InvalidOperationException">The job has no committee, and no scheme was chosen.</exception>
    public FederationServerSetup DescribeServer(FederationJob job) => new()
    {
        Context = job.Committee is null ? Context.Public : KeyAdditiveContext.CreatePublic(job.RoundKeyParameters!, RoundKeyOptions),
        Job = job,
        Identity = _identity,
        Sampler = _sampler,
        Safety = _options.Safety,
        Time = _time,
        Logger = _loggerFactory?.CreateLogger<FederationServer>(),
        MeterFactory = _meterFactory,
    };

    /// <summary>Opens the answer to a client's key request.</summary>
    /// <exception cref="KeyRefusedException">The authority refused.</exception>
    /// <exception cref="HeFormatException">The answer is not a grant for this request.</exception>
    /// <exception cref="InvalidOperationException">The job has no committee, and no scheme was chosen.</exception>
    public ClientKeys OpenKeys(KeyRequest request, ReadOnlyMemory<byte> answer)
    {
        ArgumentNullException.ThrowIfNull(request);
        return request.Job.Committee is null ? request.Open(Context, answer) : request.Open(answer);
    }

    /// <summary>Creates the setup of a client; every part can be replaced in it.</summary>
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
            MeterFactory = _meterFactory,
        };

    /// <summary>Creates the setup of a client that keeps its models and messages in files; every part can be replaced in it.</summary>
    public FederationClientSetup DescribeClient(FederationJob job, ClientIdentity identity, ClientKeys keys, ModelFiles files) => new(job, identity, keys, files)
    {
        Safety = _options.Safety,
        Time = _time,
        Logger = _loggerFactory?.CreateLogger<FederationClient>(),
        MeterFactory = _meterFactory,
    };

    private HeContextOptions RoundKeyOptions
        => _context is null ? new HeContextOptions() : new HeContextOptions { MaxDegreeOfParallelism = _context.Public.MaxDegreeOfParallelism };
}
