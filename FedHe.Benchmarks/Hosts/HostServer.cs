using System.Globalization;
using System.Net;
using System.Security.Cryptography.X509Certificates;
using FedHe.Benchmarks.Uploads;
using FedHe.Crypto.Ckks.Parameters;
using FedHe.Orchestration.DependencyInjection;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace FedHe.Benchmarks.Hosts;

/// <summary>A host server is the process of the server, which says on its standard output where it listens.</summary>
internal static class HostServer
{
    private const int ExactBits = 6;

    public static async Task RunAsync(string folder, CancellationToken cancellationToken)
    {
        WebApplicationBuilder builder = WebApplication.CreateBuilder();
        builder.Configuration.Sources.Clear();
        builder.Configuration.AddJsonFile(Path.Combine(folder, HostsFederation.Settings));
        builder.Logging.ClearProviders().AddConsole(options => options.LogToStandardErrorThreshold = LogLevel.Trace).SetMinimumLevel(LogLevel.Warning);
        using X509Certificate2 certificate = X509CertificateLoader.LoadPkcs12FromFile(Path.Combine(folder, HostsFederation.ServerCertificateFile), password: null);
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, port: 0, listen => listen.UseHttps(certificate)));
        builder.Services.AddFedHeServer(builder.Configuration.GetSection("FedHe"));
        IConfigurationSection database = builder.Configuration.GetSection(HostsFederation.DatabaseSection);
        if (database.Exists())
        {
            builder.Services.AddFedHePostgreSql(database);
        }

        int clients = int.Parse(builder.Configuration["Clients"]!, CultureInfo.InvariantCulture);
        builder.Services.AddFederation(HostsFederation.JobName).UseCkks(CkksParameters.ForExactIntegers(ExactBits, clients));
        WebApplication app = builder.Build();
        await using (app.ConfigureAwait(false))
        {
            app.MapFedHe("/fedhe/v1");
            PlainBody.Map(app, folder);
            await app.StartAsync(cancellationToken).ConfigureAwait(false);
            Console.WriteLine(app.Urls.Single());

            // The standard input ends when the process that measures ends, however it does.
            await Console.In.ReadLineAsync(cancellationToken).ConfigureAwait(false);
            await app.StopAsync(cancellationToken).ConfigureAwait(false);
        }
    }
}
