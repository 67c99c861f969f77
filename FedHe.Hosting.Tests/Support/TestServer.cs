using System.Net;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using FedHe.Hosting.AspNetCore.Dashboard;
using FedHe.Hosting.AspNetCore.Jobs;
using FedHe.Orchestration.Protection;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace FedHe.Hosting.Tests.Support;

/// <summary>A server in Kestrel, on a port of this machine.</summary>
internal sealed class TestServer : IAsyncDisposable
{
    private readonly SmallFederation _federation;
    private readonly WebApplication _app;

    private readonly ChangingSettings _settings;

    private TestServer(SmallFederation federation, WebApplication app, ChangingSettings settings, LogList log)
        => (_federation, _app, _settings, Log) = (federation, app, settings, log);

    /// <summary>What the server logged.</summary>
    public LogList Log { get; }

    /// <summary>The address of the endpoints.</summary>
    public string Address => $"{_app.Urls.Single()}/fedhe/v1";

    /// <summary>The services of the host.</summary>
    public IServiceProvider Services => _app.Services;

    /// <summary>What the server of the job was like after its latest step.</summary>
    public JobStatus Status => Services.GetRequiredService<FedHeServer>().Jobs.Single().Status;

    /// <summary>The address of the host.</summary>
    public string Root => _app.Urls.Single();

    /// <summary>The port that the server listens on.</summary>
    public int Port => new Uri(Address).Port;

    public static Task<TestServer> StartAsync(SmallFederation federation, int port = 0)
        => StartAsync(federation, federation.ServerSettings(), kestrel => kestrel.Listen(IPAddress.Loopback, port, listen => listen.UseHttps(federation.ServerCertificate)));

    /// <summary>Starts a server without TLS and identities, which this machine alone reaches.</summary>
    public static Task<TestServer> StartOpenAsync(SmallFederation federation, int port = 0, Action<KestrelServerOptions>? configure = null)
        => StartAsync(federation, federation.ServerSettings(hasPins: false), kestrel =>
        {
            kestrel.Listen(IPAddress.Loopback, port);
            configure?.Invoke(kestrel);
        });

    public static async Task<TestServer> StartAsync(
        SmallFederation federation, Dictionary<string, string?> settings, Action<KestrelServerOptions> listen, Action<IServiceCollection>? configure = null, Action<WebApplication>? map = null)
    {
        var changing = new ChangingSettings(settings);
        var log = new LogList();
        WebApplication app = Build(federation, changing, listen, configure, log);
        map?.Invoke(app);
        try
        {
            await app.StartAsync();
        }
        catch
        {
            await app.DisposeAsync();
            throw;
        }

        return new TestServer(federation, app, changing, log);
    }

    /// <summary>Builds the host of a server, which listens nowhere before it is started.</summary>
    public static WebApplication Build(SmallFederation federation, ChangingSettings settings, Action<KestrelServerOptions> listen, Action<IServiceCollection>? configure, LogList log)
    {
        WebApplicationBuilder builder = WebApplication.CreateBuilder();
        builder.Configuration.Sources.Clear();
        ((IConfigurationBuilder)builder.Configuration).Add(settings);
        builder.Logging.ClearProviders().AddProvider(log).SetMinimumLevel(LogLevel.Debug);
        builder.WebHost.ConfigureKestrel(listen);
        builder.Services.AddSingleton<ISecretProtector>(federation.Protector);

        // The uploads of a small job are short.
        builder.Services.AddSingleton(new LogLimits { ShortestKept = 1 });

        // What a test has done is to be seen at once.
        builder.Services.AddSingleton(new DashboardLimits { Freshness = TimeSpan.Zero });
        builder.Services.AddFedHeServer(builder.Configuration.GetSection("FedHe"));
        federation.UseScheme(builder.Services.AddFederation("small"));
        configure?.Invoke(builder.Services);
        WebApplication app = builder.Build();
        app.MapFedHe("/fedhe/v1");
        return app;
    }

    /// <summary>Changes the configuration while the server runs.</summary>
    public void Change(Dictionary<string, string?> settings) => _settings.Change(settings);

    /// <summary>The address of a party.</summary>
    public string PartyOf(string party) => $"{Address}/jobs/{_federation.Job.JobId}/parties/{party}";

    /// <summary>The address of a party's messages.</summary>
    public string MessagesOf(string party) => $"{Address}/jobs/{_federation.Job.JobId}/parties/{party}/messages";

    /// <summary>The address of the long messages that a client sends in chunks.</summary>
    public string TransfersOf(string party) => $"{PartyOf(party)}/transfers";

    /// <summary>Makes an HTTP client with a certificate, or without one.</summary>
    public HttpClient Connect(X509Certificate2? certificate, Version? version = null)
    {
        var handler = new SocketsHttpHandler
        {
            SslOptions = new SslClientAuthenticationOptions
            {
                ClientCertificates = certificate is null ? null : [certificate],
                RemoteCertificateValidationCallback = (_, shown, _, _) => shown is X509Certificate2 own && own.Thumbprint == _federation.ServerCertificate.Thumbprint,
            },
        };
        return new HttpClient(handler)
        {
            DefaultRequestVersion = version ?? HttpVersion.Version20,
            DefaultVersionPolicy = version is null ? HttpVersionPolicy.RequestVersionOrLower : HttpVersionPolicy.RequestVersionExact,
        };
    }

    /// <summary>Makes an HTTP client with the certificate of a party.</summary>
    public HttpClient ConnectAs(string party) => Connect(_federation.Certificates[party]);

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync();
        await _app.DisposeAsync();
    }
}
