using FedHe.Hosting.AspNetCore.Dashboard;
using FedHe.Hosting.AspNetCore.Diagnostics;
using FedHe.Hosting.AspNetCore.Endpoints;
using FedHe.Hosting.AspNetCore.Health;
using FedHe.Hosting.AspNetCore.Jobs;
using FedHe.Hosting.AspNetCore.Options;
using FedHe.Hosting.Folders;
using FedHe.Orchestration.Identities;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Diagnostics.HealthChecks;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

#pragma warning disable IDE0130 // Extension methods of the container are where every host looks for them.
namespace Microsoft.Extensions.DependencyInjection;
#pragma warning restore IDE0130

/// <summary>Extension methods that make a web application the server of jobs.</summary>
public static class FedHeServerExtensions
{
    private static readonly TimeSpan PingDelay = TimeSpan.FromSeconds(30);

    /// <summary>
    /// Adds the servers of the jobs that a section of the configuration names. Each job is a federation of its name: <c>AddFederation</c>
    /// with that name chooses a scheme for a job without a committee.
    /// </summary>
    /// <param name="services">The services of the host.</param>
    /// <param name="section">The section of the configuration with the values of <see cref="FedHeServerOptions"/>.</param>
    public static IServiceCollection AddFedHeServer(this IServiceCollection services, IConfigurationSection section)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(section);
        services.AddOptions<FedHeServerOptions>().Configure(options => section.Bind(options, binder => binder.ErrorOnUnknownConfiguration = true)).ValidateOnStart();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<FedHeServerOptions>, ServerOptionsValidator>());
        services.AddSingleton(new ServerConfiguration(section));
        foreach (IConfigurationSection job in section.GetSection(nameof(FedHeServerOptions.Jobs)).GetChildren())
        {
            string name = job.Key;
            services.TryAddKeyedSingleton(name, (provider, _) => OpenFolder(provider, name));
            services.TryAddKeyedSingleton<ServerIdentity>(name, (provider, _) => provider.GetRequiredKeyedService<ServerFolder>(name).Identity);
            services.AddFederation(name);
        }

        services.TryAddSingleton<FedHeServer>();
        services.AddSingleton<IHostedService, DashboardGuard>();
        services.AddSingleton<IHostedService>(provider => provider.GetRequiredService<FedHeServer>());
        services.TryAddSingleton<PartyGuard>();
        services.TryAddSingleton<MessageIntake>();
        services.TryAddSingleton<MessageEndpoints>();
        services.TryAddSingleton<TransferEndpoints>();
        services.TryAddSingleton<EpochEndpoints>();
        services.TryAddSingleton<MetricGauge>();
        services.TryAddSingleton<MetricEndpoints>();
        services.TryAddSingleton<SnapshotSource>();
        services.TryAddSingleton<DashboardEndpoints>();
        services.AddHealthChecks()
            .AddCheck<ClockHealthCheck>(ClockHealthCheck.Tag, tags: [ClockHealthCheck.Tag])
            .AddCheck<JobsHealthCheck>(JobsHealthCheck.Tag, tags: [JobsHealthCheck.Tag]);

        // Before whatever the host configures: an endpoint takes the defaults that are there when it is made.
        services.Insert(0, ServiceDescriptor.Singleton<IConfigureOptions<KestrelServerOptions>>(
            provider => new ConfigureOptions<KestrelServerOptions>(kestrel => LimitAndAskForCertificates(kestrel, provider.GetRequiredService<FedHeServer>()))));
        return services;
    }

    /// <summary>
    /// Maps the endpoints: messages for the parties of the jobs, and the health checks <c>health/live</c> and <c>health/ready</c>, which
    /// anybody may call. docs/hosting.md has the table.
    /// </summary>
    /// <param name="endpoints">The web application.</param>
    /// <param name="prefix">The path before all endpoints, such as <c>/fedhe/v1</c>.</param>
    /// <returns>The group of the endpoints, for conventions of the host such as rate limits.</returns>
    public static RouteGroupBuilder MapFedHe(this IEndpointRouteBuilder endpoints, string prefix)
    {
        ArgumentNullException.ThrowIfNull(endpoints);
        MessageEndpoints messages = endpoints.ServiceProvider.GetRequiredService<MessageEndpoints>();
        RouteGroupBuilder group = endpoints.MapGroup(prefix);
        TransferEndpoints transfers = endpoints.ServiceProvider.GetRequiredService<TransferEndpoints>();
        EpochEndpoints epochs = endpoints.ServiceProvider.GetRequiredService<EpochEndpoints>();
        MetricEndpoints metrics = endpoints.ServiceProvider.GetRequiredService<MetricEndpoints>();
        group.MapPost("/jobs/{job}/parties/{party}/messages", messages.PostAsync);
        group.MapGet("/jobs/{job}/parties/{party}/messages/next", messages.NextAsync);
        group.MapGet("/jobs/{job}/parties/{party}/messages/{message}", messages.GetAsync);
        group.MapDelete("/jobs/{job}/parties/{party}/messages/{message}", messages.DeleteAsync);
        group.MapPost("/jobs/{job}/parties/{party}/transfers", transfers.BeginAsync);
        group.MapMethods("/jobs/{job}/parties/{party}/transfers/{transfer}", [HttpMethods.Head], transfers.GetOffsetAsync);
        group.MapPatch("/jobs/{job}/parties/{party}/transfers/{transfer}", transfers.AppendAsync);
        group.MapPost("/jobs/{job}/parties/{party}/transfers/{transfer}", transfers.CompleteAsync);
        group.MapPost("/jobs/{job}/parties/{party}/metrics", metrics.PostAsync);
        group.MapPost("/jobs/{job}/parties/{party}/plan", epochs.PostPlanAsync);
        group.MapGet("/jobs/{job}/parties/{party}/certificates/{epoch}", epochs.GetCertificateAsync);
        group.MapHealthChecks("/health/live", new HealthCheckOptions { Predicate = check => check.Tags.Contains(ClockHealthCheck.Tag) });
        group.MapHealthChecks("/health/ready", new HealthCheckOptions { Predicate = check => check.Tags.Contains(JobsHealthCheck.Tag) });
        return group;
    }

    /// <summary>
    /// Maps the dashboard: a page that shows the jobs, who is in and who is late, the time of each phase, traffic and refusals. Put a policy on
    /// it: <c>MapFedHeDashboard("/fedhe/dashboard").RequireAuthorization("operators")</c>. Without one a host that other machines reach does not start.
    /// </summary>
    /// <param name="endpoints">The web application.</param>
    /// <param name="path">The path of the page, such as <c>/fedhe/dashboard</c>.</param>
    /// <returns>The group of the endpoints, for the policy and other conventions of the host.</returns>
    /// <exception cref="ArgumentException">The path is empty or the root.</exception>
    public static RouteGroupBuilder MapFedHeDashboard(this IEndpointRouteBuilder endpoints, string path)
    {
        ArgumentNullException.ThrowIfNull(endpoints);
        ArgumentException.ThrowIfNullOrWhiteSpace(path?.TrimEnd('/'), nameof(path));
        DashboardEndpoints dashboard = endpoints.ServiceProvider.GetRequiredService<DashboardEndpoints>();
        RouteGroupBuilder group = endpoints.MapGroup(path.TrimEnd('/'));
        group.MapGet("", dashboard.PageAsync);
        group.MapGet("/dashboard.css", dashboard.StyleAsync);
        group.MapGet("/dashboard.js", dashboard.ScriptAsync);
        group.MapGet("/snapshot", dashboard.SnapshotAsync);
        group.MapGet("/events", dashboard.EventsAsync);
        group.WithMetadata(DashboardMark.Instance);
        return group;
    }

    /// <summary>
    /// Limits what connections hold, and asks callers for certificates, where a job knows them by these. A caller that shows one must show one of a party; who shows none gets
    /// answers to health checks, and a problem otherwise.
    /// </summary>
    private static void LimitAndAskForCertificates(KestrelServerOptions kestrel, FedHeServer server)
    {
        IntakeLimits.Apply(kestrel.Limits, server.NamedClients);

        // A connection whose other end is gone is found out although nothing comes.
        kestrel.Limits.Http2.KeepAlivePingDelay = PingDelay;
        if (server.HasPins)
        {
            kestrel.ConfigureHttpsDefaults(https =>
            {
                https.ClientCertificateMode = ClientCertificateMode.AllowCertificate;
                https.ClientCertificateValidation = (certificate, _, _) => server.Accepts(certificate);
            });
        }
    }

    private static ServerFolder OpenFolder(IServiceProvider services, string name)
    {
        FedHeJobOptions job = services.GetRequiredService<IOptions<FedHeServerOptions>>().Value.Jobs[name];
        return ServerFolder.Open(job.Folder!, () => PartyProtector.Open(services, name, job.PasswordFile));
    }
}
