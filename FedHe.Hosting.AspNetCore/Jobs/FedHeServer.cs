using System.Collections.Frozen;
using System.Security.Cryptography.X509Certificates;
using FedHe.Crypto;
using FedHe.Hosting.AspNetCore.Access;
using FedHe.Hosting.AspNetCore.Diagnostics;
using FedHe.Hosting.AspNetCore.Errors;
using FedHe.Hosting.AspNetCore.Options;
using FedHe.Hosting.Errors;
using FedHe.Orchestration.Identities;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Transport;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Primitives;

namespace FedHe.Hosting.AspNetCore.Jobs;

/// <summary>
/// The servers of all jobs in a host: opened before the host listens, admitted when it is known where it listens, and driven by a clock.
/// </summary>
internal sealed class FedHeServer(IServiceProvider services, IOptions<FedHeServerOptions> options, TimeProvider time, ILogger<FedHeServer> logger)
    : BackgroundService, IHostedLifecycleService
{
    private static readonly TimeSpan ShortestTick = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan LongestTick = TimeSpan.FromSeconds(1);

    private FrozenDictionary<Guid, HostedJob> _jobs = FrozenDictionary<Guid, HostedJob>.Empty;
    private readonly List<IDisposable> _changes = [];
    private readonly Lock _renewing = new();
    private volatile bool _isAdmitted;

    /// <summary>The longest time for which a request waits for a message.</summary>
    public TimeSpan LongPoll => options.Value.LongPoll;

    /// <summary>Whether requests are served: not before it is known that the host listens where it may.</summary>
    public bool IsAdmitted => _isAdmitted;

    /// <summary>Canceled when the host begins to stop, so that nobody waits for messages any more.</summary>
    public CancellationToken Stopping { get; } = services.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping;

    /// <summary>Whether the clocks of all jobs run.</summary>
    public bool IsLive => ExecuteTask is { IsCompleted: false } && _jobs.Values.All(job => job.HasClock);

    /// <summary>The names of the jobs that take no messages now.</summary>
    public IReadOnlyList<string> Unready => [.. _jobs.Values.Where(job => !job.IsReady).Select(job => job.Name)];

    /// <summary>Whether a job knows its callers by their certificates.</summary>
    public bool HasPins => options.Value.Jobs.Values.Any(job => job.ClientKeys.Count > 0);

    /// <summary>The number of clients that the configuration names, of all jobs.</summary>
    public int NamedClients => options.Value.Jobs.Values.Sum(job => job.ClientKeys.Count);

    /// <summary>The jobs.</summary>
    public IReadOnlyCollection<HostedJob> Jobs => _jobs.Values;

    /// <summary>Finds a job.</summary>
    public HostedJob? Find(Guid job) => _jobs.GetValueOrDefault(job);

    /// <summary>Whether a certificate belongs to a caller of some job.</summary>
    public bool Accepts(X509Certificate2 certificate) => _jobs.Values.Any(job => job.Callers.Accepts(certificate));

    /// <summary>Whether a request shows an identity of any kind that a job of this host asks for, valid or not.</summary>
    public bool HasIdentity(HttpContext context) => _jobs.Values.Any(job => job.Callers.HasIdentity(context));

    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        var opened = new Dictionary<Guid, HostedJob>();
        try
        {
            foreach ((string name, FedHeJobOptions job) in options.Value.Jobs)
            {
                HostedJob hosted = await OpenAsync(name, job, opened.ContainsKey).ConfigureAwait(false);
                opened.Add(hosted.Job.JobId, hosted);
            }
        }
        finally
        {
            // Those of a host that does not start are disposed with it.
            _jobs = opened.ToFrozenDictionary();
        }

        foreach (HostedJob job in opened.Values)
        {
            CheckPins(job);
        }

        foreach (ServerConfiguration configuration in services.GetServices<ServerConfiguration>())
        {
            _changes.Add(ChangeToken.OnChange(configuration.Section.GetReloadToken, RenewPins));
        }

        await base.StartAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Refuses to run where the host listens on an address that the identities of its jobs do not allow.</summary>
    public Task StartedAsync(CancellationToken cancellationToken)
    {
        foreach (string address in services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()?.Addresses ?? [])
        {
            if (Transport.IsLoopback(address))
            {
                continue;
            }

            if (!Transport.HasTls(address))
            {
                throw Throw.TlsRequired(address);
            }

            if (_jobs.Values.FirstOrDefault(job => job.Callers.AreUnknown) is HostedJob unknown)
            {
                throw Throw.IdentityRequired(unknown.Name, address);
            }
        }

        foreach (HostedJob job in _jobs.Values.Where(job => job.Callers.AreUnknown))
        {
            Log.NoIdentities(logger, job.Name);
        }

        _isAdmitted = true;
        return Task.CompletedTask;
    }

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public override void Dispose()
    {
        base.Dispose();
        _changes.ForEach(change => change.Dispose());
        foreach (HostedJob job in _jobs.Values)
        {
            job.Dispose();
        }
    }

    protected override Task ExecuteAsync(CancellationToken stoppingToken)
        => Task.WhenAll([.. _jobs.Values.Select(job => DriveAsync(job, stoppingToken)), WarmUpAsync(stoppingToken)]);

    /// <summary>
    /// Compiles what the rounds of the jobs need, one job after another, while the host waits for clients. No round waits for it, and its failure fails nothing.
    /// </summary>
    private async Task WarmUpAsync(CancellationToken stoppingToken)
    {
        foreach (HostedJob job in _jobs.Values.Where(job => job.Status.Outcome is null))
        {
            try
            {
                HeContext? context = job.Job.Committee is null ? services.GetRequiredKeyedService<HeContext>(job.Name) : null;
                await FederationWarmUp.RunAsync(job.Job, context, stoppingToken).ConfigureAwait(false);
                Log.WarmedUp(logger, job.Name);
            }
            catch (Exception fault) when (!stoppingToken.IsCancellationRequested)
            {
                Log.WarmUpFailed(logger, job.Name, Fault.Of(fault));
            }
        }
    }

    private async Task DriveAsync(HostedJob job, CancellationToken stoppingToken)
    {
        while (true)
        {
            TimeSpan due = LongestTick;
            try
            {
                due = await job.TickAsync(options.Value.UnreachableAfter, stoppingToken).ConfigureAwait(false) ?? LongestTick;
                job.HasClock = true;
            }
            catch (Exception fault) when (fault is not OperationCanceledException || !stoppingToken.IsCancellationRequested)
            {
                // The other jobs go on, and this one as soon as it can.
                Log.ClockFailed(logger, job.Name, Fault.Of(fault));
                job.HasClock = false;
            }

            await Task.Delay(due < ShortestTick ? ShortestTick : due > LongestTick ? LongestTick : due, time, stoppingToken).ConfigureAwait(false);
        }
    }

    /// <summary>Refuses to start without a pin of a client that the job was described with; one that joined is let in when its pin is there.</summary>
    private static void CheckPins(HostedJob job)
    {
        ClientRoster roster = job.Parties.Job.Roster;
        if (job.Callers.WithoutPin(roster).FirstOrDefault(client => job.Job.Roster.TryGetKey(client, out _)) is { Value.Length: > 0 } missing)
        {
            throw Throw.IdentitiesDoNotFit(job.Name, $"ClientKeys has no pin of the client '{missing}'");
        }

        job.SayWhoHasNoPin();
    }

    /// <summary>
    /// Takes the pins of a new configuration, of all jobs or of none. One that cannot work changes nothing, and what else it says takes effect
    /// with the next start.
    /// </summary>
    private void RenewPins()
    {
        lock (_renewing)
        {
            try
            {
                FedHeServerOptions renewed = services.GetRequiredService<IOptionsFactory<FedHeServerOptions>>().Create(Microsoft.Extensions.Options.Options.DefaultName);
                (HostedJob Job, CallerPins Pins)[] all = [.. _jobs.Values.Where(job => job.Callers.HasPins).Select(job => (job, job.Callers.Read(renewed.Jobs)))];
                foreach ((HostedJob job, CallerPins pins) in all)
                {
                    job.Callers.Renew(pins);
                    Log.PinsChanged(logger, job.Name);
                    job.SayWhoHasNoPin();
                }
            }
            catch (Exception fault)
            {
                // The message of a binder holds what somebody wrote into the configuration.
                Log.PinsRefused(logger, fault is HostingException ours ? ours.Message : fault.GetType().Name);
            }
        }
    }

    private async Task<HostedJob> OpenAsync(string name, FedHeJobOptions job, Func<Guid, bool> isOpen)
    {
        // The factory asks for the server's identity, which is in the folder.
        ServerFolder folder = services.GetRequiredKeyedService<ServerFolder>(name);
        FederationJob description = folder.Job;
        if (isOpen(description.JobId))
        {
            throw Throw.JobTwice(name);
        }

        return await new JobOpener(services).OpenAsync(name, job, folder, () => StorePlace.Open(services, name, folder)).ConfigureAwait(false);
    }
}
