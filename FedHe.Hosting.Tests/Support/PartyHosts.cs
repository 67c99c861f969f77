using FedHe.Hosting.Certificates;
using FedHe.Orchestration.Protection;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace FedHe.Hosting.Tests.Support;

/// <summary>Builds the hosts of clients and key authorities of a small federation.</summary>
internal static class PartyHosts
{
    /// <summary>Builds a host with one party.</summary>
    /// <param name="federation">The federation, in which the party has a folder.</param>
    /// <param name="server">The address of the server.</param>
    /// <param name="party">The name of the party.</param>
    /// <param name="add">Adds the party.</param>
    /// <param name="change">Changes the configuration of the party.</param>
    public static IHost Build(
        SmallFederation federation, string server, string party, Action<IServiceCollection, IConfigurationSection> add, Action<Dictionary<string, string?>>? change = null)
    {
        var settings = new Dictionary<string, string?>
        {
            ["FedHe:Server"] = server,
            ["FedHe:Folder"] = federation.FolderOf(party),
            ["FedHe:Certificate"] = Path.Combine(federation.FolderOf(party), "certificate.pem"),
            ["FedHe:ServerKeys:0"] = CertificatePin.Of(federation.ServerCertificate).ToString(),
            ["FedHe:FirstRetry"] = "00:00:00.05",
            ["FedHe:LastRetry"] = "00:00:01",
            ["FedHe:LongPoll"] = "00:00:01",
        };
        change?.Invoke(settings);
        var builder = new HostApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        builder.Configuration.AddInMemoryCollection(settings);
        builder.Logging.SetMinimumLevel(LogLevel.Debug);
        builder.Services.AddSingleton<ILoggerProvider>(new LogList());
        builder.Services.AddSingleton<ISecretProtector>(federation.Protector);
        add(builder.Services, builder.Configuration.GetSection("FedHe"));
        return builder.Build();
    }

    /// <summary>What a host logged.</summary>
    public static LogList LogOf(IHost host) => (LogList)host.Services.GetRequiredService<ILoggerProvider>();
}
