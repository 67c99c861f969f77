using System.Diagnostics;
using System.Net;
using FedHe.Hosting.Tests.Support;
using FedHe.Orchestration.Diagnostics;
using FedHe.Orchestration.Metrics;
using FedHe.Orchestration.Tests.Host.Federations;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using OpenTelemetry.Metrics;
using OpenTelemetry.Trace;

namespace FedHe.Hosting.Tests.Telemetry;

/// <summary>What reaches OpenTelemetry by one line in a host.</summary>
public sealed class TelemetryTests : IDisposable
{
    private readonly SmallFederation _federation = new();

    public void Dispose() => _federation.Dispose();

    [Fact]
    public async Task Server_WithOneLine_HasMeasurementsAndActivities()
    {
        List<Metric> metrics = [];
        List<Activity> activities = [];
        await using TestServer server = await TestServer.StartAsync(
            _federation,
            _federation.ServerSettings(hasPins: false),
            kestrel => kestrel.Listen(IPAddress.Loopback, 0),
            services => services.AddFedHeTelemetry()
                .WithMetrics(builder => builder.AddInMemoryExporter(metrics).AddPrometheusExporter())
                .WithTracing(builder => builder.AddInMemoryExporter(activities)),
            app => app.MapPrometheusScrapingEndpoint("/metrics"));
        using HttpClient http = server.Connect(certificate: null);
        await RunAsync(server, http);
        await ReportAsync(server, http, SmallJob.Rounds - 1, 0.5);
        await ReportAsync(server, http, SmallJob.Rounds, 0.25);

        // A client that repeats what the server has does not set the gauge back.
        await ReportAsync(server, http, SmallJob.Rounds - 1, 0.5);

        server.Services.GetRequiredService<MeterProvider>().ForceFlush();
        server.Services.GetRequiredService<TracerProvider>().ForceFlush();

        metrics.Select(metric => metric.Name).Should().Contain([InstrumentNames.UploadsAccepted, InstrumentNames.RoundsCompleted, InstrumentNames.FoldDuration, "http.server.request.duration"]);
        activities.ToArray().Select(activity => activity.OperationName).Should().Contain([InstrumentNames.FoldActivity, "Microsoft.AspNetCore.Hosting.HttpRequestIn"]);
        (await http.GetStringAsync(new Uri($"{server.Root}/metrics"))).Should().Contain("fedhe_uploads_accepted").And.Contain("fedhe_rounds_completed").And.MatchRegex("fedhe_client_metric\\{[^}]*client=\"c1\"[^}]*metric=\"loss\"[^}]*\\} 0\\.25");
    }

    private async Task ReportAsync(TestServer server, HttpClient http, int round, double loss)
    {
        var report = MetricReport.Sign(
            _federation.Job.JobId, round, attempt: 1, RoundMetrics.Of([KeyValuePair.Create("loss", loss)]), _federation.Identities["c1"]);
        using HttpResponseMessage response = await http.PostAsync($"{server.PartyOf("c1")}/metrics", report.Bytes);
        response.StatusCode.Should().Be(HttpStatusCode.Accepted);
    }

    private async Task RunAsync(TestServer server, HttpClient http)
    {
        using var round = new Round(_federation);
        await round.JoinAsync();
        await round.AnnounceAsync(http, server);
        await round.RunToEndAsync(http, server);
    }
}
