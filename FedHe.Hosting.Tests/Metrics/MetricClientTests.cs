using System.Collections.Concurrent;
using System.Net;
using System.Text.Json.Nodes;
using FedHe.Hosting.Clients;
using FedHe.Hosting.Errors;
using FedHe.Hosting.Tests.Support;
using FedHe.MLBridge.Layout;
using FedHe.Orchestration.Client;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Metrics;
using FedHe.Orchestration.Privacy;
using FedHe.Orchestration.Tests.Host.Federations;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace FedHe.Hosting.Tests.Metrics;

/// <summary>Metrics leave a client whose operator asked for it, and no other one.</summary>
public sealed class MetricClientTests : IDisposable
{
    private const string Path = "/fedhe/dashboard";
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(2);

    private readonly ConcurrentDictionary<string, TaskCompletionSource> _ends = new(
        PartyNames.Clients.Select(name => KeyValuePair.Create(name, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously))));

    private SmallFederation _federation = new();

    public void Dispose() => _federation.Dispose();

    /// <summary>What becomes of reports: the server takes them, is one of before, fails, or does not answer before the job is over.</summary>
    [Theory]
    [InlineData("taken")]
    [InlineData("unknown")]
    [InlineData("failing")]
    [InlineData("silent")]
    public async Task Metrics_ReachTheServerFromWhoWasAsked_AndNoRoundDependsOnThem(string fate)
    {
        int sent = 0;
        int answered = 0;
        await using TestServer server = await TestServer.StartAsync(
            _federation,
            _federation.ServerSettings(),
            kestrel => kestrel.Listen(IPAddress.Loopback, 0, listen => listen.UseHttps(_federation.ServerCertificate)),
            services => services.AddWordTokens("operators"),
            app =>
            {
                app.Use(async (context, next) =>
                {
                    if (!context.Request.Path.Value!.EndsWith("/metrics", StringComparison.Ordinal))
                    {
                        await next(context);
                        return;
                    }

                    Interlocked.Increment(ref sent);
                    switch (fate)
                    {
                        case "taken":
                            await next(context);
                            break;
                        case "silent":
                            await Task.WhenAny(_ends["c1"].Task, Task.Delay(Timeout.Infinite, context.RequestAborted));
                            break;
                        default:
                            context.Response.StatusCode = fate == "failing" ? StatusCodes.Status503ServiceUnavailable : StatusCodes.Status404NotFound;
                            break;
                    }

                    Interlocked.Increment(ref answered);
                });
                app.MapFedHeDashboard(Path).RequireAuthorization("operators");
            });
        IHost reporting = BuildClient(server, "c1", settings => settings["FedHe:ReportMetrics"] = "true");
        List<IHost> hosts = [BuildAuthority(server), reporting, .. PartyNames.Clients.Where(name => name != "c1").Select(name => BuildClient(server, name))];
        foreach (IHost host in hosts)
        {
            await host.StartAsync();
        }

        await Task.WhenAll(_ends.Values.Select(end => end.Task)).WaitAsync(Longest);
        LogList log = PartyHosts.LogOf(reporting);
        using (var late = new CancellationTokenSource(Longest))
        {
            // A client goes on with the job while it reports.
            while (Volatile.Read(ref answered) < SmallJob.Rounds || (fate is "unknown" or "failing" && log.Entries.Count(entry => entry.Event == 521) < SmallJob.Rounds))
            {
                await Task.Delay(20, late.Token);
            }
        }

        using HttpClient http = server.Connect(certificate: null);
        http.DefaultRequestHeaders.Authorization = new("Bearer", "good operator");
        JsonArray shown = JsonNode.Parse(await http.GetStringAsync(new Uri($"{server.Root}{Path}/snapshot")))!["jobs"]![0]!["metrics"]!.AsArray();

        sent.Should().Be(SmallJob.Rounds, "each round has one report of c1");
        log.Entries.Should().Contain(entry => entry.Event == 522);
        if (fate != "taken")
        {
            shown.Should().BeEmpty();
        }
        else
        {
            shown.Select(round => (int)round!["round"]!).Should().Equal(2, 1);
            shown.SelectMany(round => round!["reports"]!.AsArray()).Should().OnlyContain(report => (string)report!["party"]! == "c1");
            ((double)shown[1]!["reports"]![0]!["values"]!["round"]!).Should().Be(1, "metrics are of the round that they were measured in");
            log.Entries.Should().NotContain(entry => entry.Event == 521);
        }

        foreach (IHost host in hosts)
        {
            await host.StopAsync();
            host.Dispose();
        }
    }

    [Fact]
    public async Task Client_OfAJobWithPrivacyTerms_ThatIsToReport_DoesNotStart()
    {
        _federation.Dispose();
        _federation = new SmallFederation(JobMode.RoundKeys);
        await using TestServer server = await TestServer.StartAsync(_federation);
        PrivateJobs.Write(_federation, "c1");
        using IHost host = BuildClient(server, "c1", settings => settings["FedHe:ReportMetrics"] = "true");

        HostingException refused = (await host.Awaiting(one => one.StartAsync()).Should().ThrowAsync<HostingException>()).Which;

        refused.Error.Should().Be(HostingError.MetricsNotCovered);
        refused.Message.Should().Contain("ReportMetrics");
    }

    private IHost BuildAuthority(TestServer server)
        => PartyHosts.Build(_federation, server.Address, SmallFederation.Authority, (services, section) => _federation.UseScheme(services.AddFedHeKeyAuthority(section).Federation.AuthenticateByRosterAlone()));

    private IHost BuildClient(TestServer server, string name, Action<Dictionary<string, string?>>? change = null)
        => PartyHosts.Build(
            _federation,
            server.Address,
            name,
            (services, section) =>
            {
                services.AddKeyedSingleton<ILocalTrainer>(FedHeHostingExtensions.DefaultName, new MeasuringTrainer(name));
                FedHeClientBuilder client = services.AddFedHeClient(section).UsePrivacy(new NoPrivacy());
                _federation.UseScheme(client.Federation);
                client.StartFrom(_ => SmallModel.Initial).OnModel((model, _) =>
                {
                    if (model.Outcome is not null)
                    {
                        _ends[name].TrySetResult();
                    }

                    return Task.CompletedTask;
                });
            },
            change);

    /// <summary>A trainer that measures, whether somebody wants to know or not.</summary>
    private sealed class MeasuringTrainer(string name) : ILocalTrainer
    {
        private readonly SteadyTrainer _trainer = new(name);

        public long SampleCount => _trainer.SampleCount;

        public async Task<LocalTrainingResult> TrainAsync(ModelParameters globalModel, TrainingTask task, IProgress<double>? progress, CancellationToken cancellationToken)
            => await _trainer.TrainAsync(globalModel, task, progress, cancellationToken) with { Metrics = RoundMetrics.Of([KeyValuePair.Create("round", (double)task.Round)]) };
    }

    private sealed class NoPrivacy : IPrivacyProvider
    {
        public IPrivacyMechanism Create(FederationJob job) => throw new InvalidOperationException("No client of a job with privacy terms starts here.");
    }
}
