using FedHe.Hosting.Clients;
using FedHe.Hosting.Parties;
using FedHe.Hosting.PostgreSql.Options;
using FedHe.Orchestration.DependencyInjection;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Privacy;
using FedHe.Privacy.Federation;
using FedHe.Tool.Folders;
using FedHe.Tool.Parties;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace FedHe.Tool.Kits;

/// <summary>This class builds the hosts of the parties of a kit, from FedHe.Hosting and FedHe.Hosting.AspNetCore with the settings of the kit.</summary>
/// <remarks>
/// The log goes to the standard error, so that the standard output has results alone.
/// </remarks>
internal static class KitHost
{
    // Nothing watches the settings by itself: watches are few where many parties run on one machine. KitReload looks at the server's.
    private static readonly string[] Arguments = ["--hostBuilder:reloadConfigOnChange=false"];

    // The settings that are paths, which a kit has relative to its folder.
    private static readonly string[] Paths = ["Folder", "PasswordFile", "Certificate", "CertificateKey"];

    /// <summary>Makes the host of the server, unless keys of other parties lie in its kit.</summary>
    /// <param name="kit">The kit.</param>
    /// <param name="dashboard">The port of this machine for the dashboard, or null for none.</param>
    public static IHost BuildServer(Kit kit, int? dashboard = null)
    {
        KeyGuard.CheckKit(kit.Location, kit.Folder);

        // Kestrel looks for its certificate below the content root by itself.
        WebApplicationBuilder builder = WebApplication.CreateBuilder(new WebApplicationOptions { Args = Arguments, ContentRootPath = kit.Location });
        KitDatabase.RefuseUnread(kit, builder.Configuration);
        KitReload.Watch(kit, builder);
        Prepare(kit, builder.Configuration, builder.Logging);
        builder.Services.AddFedHeServer(builder.Configuration.GetSection(KitSettings.Host));
        if (kit.Database is FedHePostgreSqlOptions database)
        {
            builder.Services.AddFedHePostgreSql(KitDatabase.SectionOf(database));
        }

        FederationJob job = kit.ReadJob();
        UseScheme(builder.Services.AddFederation(kit.JobName), job);
        if (PrivacyChoices.ProviderOf(KitPromise.Of(job)) is ClientPrivacy privacy)
        {
            // The server adds no noise and promises nothing: it counts what is spent, for its audit log and its dashboard.
            builder.Services.AddKeyedSingleton<IPrivacyProvider>(kit.JobName, privacy);
        }

        if (dashboard is int port)
        {
            KitDashboard.Add(builder, port);
        }

        WebApplication app = builder.Build();
        app.MapFedHe(KitFiles.Endpoints);
        if (dashboard is not null)
        {
            KitDashboard.Map(app);
        }

        return app;
    }

    /// <summary>Makes the host of the authority, which gives keys to whoever signs as a client of the roster and has its certificate.</summary>
    public static IHost BuildAuthority(Kit kit)
    {
        HostApplicationBuilder builder = Begin(kit);
        UseScheme(builder.Services.AddFedHeKeyAuthority(builder.Configuration.GetSection(KitSettings.Host), kit.JobName).Federation.AuthenticateByRosterAlone(), kit.ReadJob());
        return builder.Build();
    }

    /// <summary>Makes the host of a client.</summary>
    /// <param name="kit">The kit.</param>
    /// <param name="job">The job of the kit.</param>
    /// <param name="run">What trains, and takes the models.</param>
    public static IHost BuildClient(Kit kit, FederationJob job, KitClient run)
    {
        HostApplicationBuilder builder = Begin(kit);
        if (run.ReportsMetrics)
        {
            builder.Configuration[$"{KitSettings.Host}:{nameof(FedHePartyOptions.ReportMetrics)}"] = "true";
        }

        builder.Services.AddSingleton(run);
        FedHeClientBuilder client = builder.Services.AddFedHeClient(builder.Configuration.GetSection(KitSettings.Host), kit.JobName)
            .AddTrainer<KitTrainer>()
            .StartFrom(_ => run.Initial)
            .OnModel(run.TakeAsync);
        if (KitPromise.Require(kit, job) is ClientPrivacy privacy)
        {
            client.UsePrivacy(privacy);
        }

        UseScheme(client.Federation, job);
        return builder.Build();
    }

    private static HostApplicationBuilder Begin(Kit kit)
    {
        HostApplicationBuilder builder = Host.CreateApplicationBuilder(new HostApplicationBuilderSettings { Args = Arguments, ContentRootPath = kit.Location });
        Prepare(kit, builder.Configuration, builder.Logging);
        return builder;
    }

    private static void Prepare(Kit kit, ConfigurationManager configuration, ILoggingBuilder logging)
    {
        IEnumerable<IConfigurationSection> parties = configuration.GetSection($"{KitSettings.Host}:Jobs").GetChildren().Append(configuration.GetSection(KitSettings.Host));
        configuration.AddInMemoryCollection(parties
            .SelectMany(party => Paths.Select(name => party.GetSection(name)))
            .Where(path => !string.IsNullOrWhiteSpace(path.Value))
            .ToDictionary(path => path.Path, path => (string?)Path.GetFullPath(path.Value!, kit.Location)));
        logging.AddSimpleConsole(console => console.SingleLine = true);
        logging.Services.Configure<Microsoft.Extensions.Logging.Console.ConsoleLoggerOptions>(console => console.LogToStandardErrorThreshold = LogLevel.Trace);
    }

    /// <summary>Chooses the scheme that protects the round keys of a job without a committee.</summary>
    private static void UseScheme(FederationBuilder federation, FederationJob job)
    {
        if (job.Committee is null)
        {
            federation.UseCkks(JobPackage.ParametersOf(job.Settings.ClientsPerRound));
        }
    }
}
