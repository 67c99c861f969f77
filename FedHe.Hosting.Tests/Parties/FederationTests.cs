using System.Collections.Concurrent;
using System.Diagnostics;
using FedHe.Hosting.Clients;
using FedHe.Hosting.Errors;
using FedHe.Hosting.Tests.Support;
using FedHe.MLBridge.Identities;
using FedHe.Orchestration.Audit;
using FedHe.Orchestration.Client;
using FedHe.Orchestration.Diagnostics;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Keys;
using FedHe.Orchestration.Tests.Host.Federations;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using PartyFiles = FedHe.Hosting.Folders.PartyFiles;

namespace FedHe.Hosting.Tests.Parties;

/// <summary>Clients and key authority as services, over TLS, with a server that goes away and comes back.</summary>
public sealed class FederationTests : IDisposable
{
    private SmallFederation _federation = new();
    private readonly ConcurrentDictionary<string, TaskCompletionSource<FederatedModel>> _ends = new(
        PartyNames.Clients.Select(name => KeyValuePair.Create(name, new TaskCompletionSource<FederatedModel>(TaskCreationOptions.RunContinuationsAsynchronously))));

    private readonly ConcurrentDictionary<string, bool> _failing = new([KeyValuePair.Create("c1", true)]);

    public void Dispose() => _federation.Dispose();

    [Theory]
    [InlineData(JobMode.Committee)]
    [InlineData(JobMode.RoundKeys)]
    public async Task Job_OfServices_EndsWithOneModel(JobMode mode)
    {
        _federation.Dispose();
        _federation = new SmallFederation(mode);
        var activities = new ConcurrentQueue<Activity>();
        using ActivityListener listener = Listen(activities);
        TestServer server = await TestServer.StartAsync(_federation);
        List<IHost> hosts = [BuildAuthority(server), .. PartyNames.Clients.Select(name => BuildClient(server, name))];
        try
        {
            foreach (IHost host in hosts)
            {
                await host.StartAsync();
            }

            // The server goes away whatever happens at the moment, and comes back at its place.
            int port = server.Port;
            await server.DisposeAsync();
            server = await TestServer.StartAsync(_federation, port);
            FederatedModel[] models = await Task.WhenAll(_ends.Values.Select(end => end.Task)).WaitAsync(TimeSpan.FromMinutes(2));

            models.Should().OnlyContain(model => model.Round == SmallJob.Rounds && model.Outcome == FederationOutcome.Completed && model.Release == ModelRelease.MayBePublished);
            models.Select(model => string.Join(' ', SmallModel.ValuesOf(model.Parameters))).Distinct().Should().ContainSingle();
            LogList log = (LogList)hosts[1].Services.GetRequiredService<ILoggerProvider>();
            for (int tries = 0; tries < 3000 && log.Entries.All(entry => entry.Event != 520); tries++)
            {
                await Task.Delay(10);
            }

            log.Entries.Should().ContainSingle(entry => entry.Event == 520, "a client warms up while it waits for its first invitation");
            log.Entries.Where(entry => entry.Event == 506).Should().ContainSingle("the receiver of c1 threw")
                .Which.Text.Should().Contain(nameof(InvalidOperationException)).And.NotContain("not there yet", "a message of the host may hold a value");
            ShouldBeAudited();
            ShouldShareTraces(activities);
        }
        finally
        {
            foreach (IHost host in hosts)
            {
                await host.StopAsync();
                host.Dispose();
            }

            await server.DisposeAsync();
        }
    }

    [Fact]
    public async Task Client_WhoseServerHasAnotherKey_SendsNothing()
    {
        await using TestServer server = await TestServer.StartAsync(_federation);
        using IHost host = BuildClient(server, "c1", settings => settings["FedHe:ServerKeys:0"] = new string('a', 64));
        var log = (LogList)host.Services.GetRequiredService<ILoggerProvider>();

        await host.StartAsync();
        await WaitForAsync(() => log.Entries.Any(entry => entry.Event == 502));
        await host.StopAsync();

        server.Log.Entries.Should().NotContain(entry => entry.Text.Contains("/parties/c1/", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Client_WhomTheServerDoesNotKnow_EndsAndSaysWhy()
    {
        await using TestServer server = await TestServer.StartAsync(_federation);
        using IHost host = BuildClient(server, "c1", settings => settings["FedHe:Certificate"] = Path.Combine(_federation.FolderOf("c2"), "certificate.pem"));
        var ended = new TaskCompletionSource();
        host.Services.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping.Register(ended.SetResult);

        await host.StartAsync();
        await ended.Task.WaitAsync(TimeSpan.FromMinutes(1));

        ((LogList)host.Services.GetRequiredService<ILoggerProvider>()).Entries.Should().Contain(entry => entry.Level == LogLevel.Critical && entry.Text.Contains(nameof(HostingException), StringComparison.Ordinal));
        (await host.Awaiting(one => one.StopAsync()).Should().ThrowAsync<HostingException>("the process must not end as if all had gone well"))
            .Which.Error.Should().Be(HostingError.NotAuthorized);
    }

    [Fact]
    public async Task Client_WhomTheAuthorityRefused_GetsItsKeysWhenItIsStartedAgain()
    {
        await using TestServer server = await TestServer.StartAsync(_federation);
        using (IHost authority = BuildAuthority(server, new Judge(_ => false)))
        using (IHost refused = BuildClient(server, "c1"))
        {
            var ended = new TaskCompletionSource();
            refused.Services.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping.Register(ended.SetResult);
            await authority.StartAsync();
            await refused.StartAsync();
            await ended.Task.WaitAsync(TimeSpan.FromMinutes(1));
            await authority.StopAsync();
            await refused.Awaiting(one => one.StopAsync()).Should().ThrowAsync<HostingException>();
        }

        using IHost kinder = BuildAuthority(server, new Judge(_ => true));
        using IHost again = BuildClient(server, "c1");
        await kinder.StartAsync();
        await again.StartAsync();
        await WaitForAsync(() => LogOf(again).Entries.Any(entry => entry.Event == 504)).WaitAsync(TimeSpan.FromMinutes(1));
        await again.StopAsync();
        await kinder.StopAsync();
    }

    [Fact]
    public async Task Authenticator_ThatThrowsForOneClient_StopsNobodyElse()
    {
        await using TestServer server = await TestServer.StartAsync(_federation);
        using IHost authority = BuildAuthority(server, new Judge(client => client.Value != "c1" ? true : throw new InvalidOperationException("secret")));
        using IHost first = BuildClient(server, "c1");
        using IHost second = BuildClient(server, "c2");
        await authority.StartAsync();
        await first.StartAsync();
        await WaitForAsync(() => LogOf(authority).Entries.Any(entry => entry.Event == 510)).WaitAsync(TimeSpan.FromMinutes(1));
        await second.StartAsync();
        await WaitForAsync(() => LogOf(second).Entries.Any(entry => entry.Event == 504)).WaitAsync(TimeSpan.FromMinutes(1));

        LogOf(authority).Entries.Should().NotContain(entry => entry.Text.Contains("secret", StringComparison.Ordinal));
        await first.StopAsync();
        await second.StopAsync();
        await authority.StopAsync();
    }

    [Theory]
    [InlineData("FedHe:Server", "http://server.example/fedhe/v1", "https")]
    [InlineData("FedHe:Server", null, "Server is missing")]
    [InlineData("FedHe:Folder", "", "Folder is missing")]
    [InlineData("FedHe:Certificate", "/nowhere.pem", "not there")]
    [InlineData("FedHe:ServerKeys:0", "abc", "64 hexadecimal digits")]
    [InlineData("FedHe:LongPoll", "00:10:00", "2 minutes")]
    [InlineData("FedHe:RequestLength", "4095", "RequestLength must be from 4096")]
    [InlineData("FedHe:RequestLength", "67108865", "RequestLength must be from 4096")]
    public async Task Client_WithOptionsThatCannotWork_SaysWhatToWrite(string key, string? value, string words)
    {
        await using TestServer server = await TestServer.StartAsync(_federation);
        using IHost host = BuildClient(server, "c1", settings => settings[key] = value);

        (await host.Awaiting(one => one.StartAsync()).Should().ThrowAsync<OptionsValidationException>()).WithMessage($"*{words}*");
    }

    [Fact]
    public async Task Client_WithoutTrainer_SaysWhatToCall()
    {
        await using TestServer server = await TestServer.StartAsync(_federation);
        using IHost host = Build(server, "c1", (services, section) => services.AddFedHeClient(section));

        (await host.Awaiting(one => one.StartAsync()).Should().ThrowAsync<HostingException>()).Which.Message.Should().Contain("AddTrainer<T>()");
    }

    [Fact]
    public async Task Authority_WithoutAuthenticator_SaysWhatToCall()
    {
        await using TestServer server = await TestServer.StartAsync(_federation);
        using IHost host = Build(server, SmallFederation.Authority, (services, section) => services.AddFedHeKeyAuthority(section));

        (await host.Awaiting(one => one.StartAsync()).Should().ThrowAsync<HostingException>()).Which.Message.Should().Contain("AuthenticateByRosterAlone()");
    }

    /// <summary>Holds the server's log to what happened, and to the heads that clients kept.</summary>
    private void ShouldBeAudited()
    {
        AuditHead[] newest = [.. PartyNames.Clients.SelectMany(name => HeadsIn(name, PartyFiles.AuditHead))];
        AuditHead[] earlier = [.. PartyNames.Clients.SelectMany(name => HeadsIn(name, PartyFiles.AuditHeads))];
        newest.Should().HaveCount(PartyNames.Clients.Count);
        earlier.Select(head => head.Number).Distinct().Should().HaveCountGreaterThan(1, "each round leaves a head that no later one replaces");
        AuditHead[] heads = [.. newest, .. earlier];
        AuditReport report = AuditLog.Verify(File.ReadAllBytes(Path.Combine(_federation.FolderOf("server"), PartyFiles.AuditLog)), _federation.Job, heads);
        report.Faults.Should().BeEmpty();
        report.VouchedFor.Should().BePositive();
        report.Entries.Where(entry => entry.Kind == AuditKind.KeysGranted).Select(entry => entry.Find("client")).Distinct().Should().BeEquivalentTo(PartyNames.Clients);
        report.Entries.Where(entry => entry.Kind == AuditKind.Started).Should().HaveCount(2);
        report.Entries.Where(entry => entry.Kind == AuditKind.UploadAccepted).Select(entry => (entry.Find("client"), entry.Find("round"), entry.Find("attempt"))).Should().OnlyHaveUniqueItems();
    }

    private IEnumerable<AuditHead> HeadsIn(string client, string file) => File.ReadAllLines(Path.Combine(_federation.FolderOf(client), file)).Select(line =>
    {
        AuditHead.TryParse(line, out AuditHead? head).Should().BeTrue();
        return head!;
    });

    /// <summary>Holds a trace to what a client did and what the server did with it.</summary>
    private void ShouldShareTraces(IReadOnlyCollection<Activity> activities)
    {
        string job = _federation.Job.JobId.ToString();
        Activity[] own = [.. activities.Where(activity => activity.GetTagItem(InstrumentNames.JobTag) as string == job)];
        own.Where(activity => activity.OperationName == InstrumentNames.FoldActivity).Should().Contain(
            fold => own.Any(train => train.OperationName == InstrumentNames.TrainActivity && train.TraceId == fold.TraceId
                && train.GetTagItem(InstrumentNames.ClientTag) as string == fold.GetTagItem(InstrumentNames.ClientTag) as string),
            "the upload brings the trace of the client that trained");
    }

    private static ActivityListener Listen(ConcurrentQueue<Activity> activities)
    {
        var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name is InstrumentNames.Source or "System.Net.Http" or "Microsoft.AspNetCore",
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
            ActivityStopped = activities.Enqueue,
        };
        ActivitySource.AddActivityListener(listener);
        return listener;
    }

    private static async Task WaitForAsync(Func<bool> condition)
    {
        while (!condition())
        {
            await Task.Delay(10);
        }
    }

    private static LogList LogOf(IHost host) => PartyHosts.LogOf(host);

    private IHost BuildAuthority(TestServer server, IClientAuthenticator authenticator)
        => Build(server, SmallFederation.Authority, (services, section) =>
            _federation.UseScheme(services.AddKeyedSingleton(FedHeHostingExtensions.DefaultName, authenticator).AddFedHeKeyAuthority(section).Federation));

    private IHost BuildAuthority(TestServer server)
        => Build(server, SmallFederation.Authority, (services, section) => _federation.UseScheme(services.AddFedHeKeyAuthority(section).Federation.AuthenticateByRosterAlone()));

    private IHost BuildClient(TestServer server, string name, Action<Dictionary<string, string?>>? change = null)
        => Build(
            server,
            name,
            (services, section) =>
            {
                services.AddKeyedSingleton<ILocalTrainer>(FedHeHostingExtensions.DefaultName, new SteadyTrainer(name));
                FedHeClientBuilder client = services.AddFedHeClient(section);
                _federation.UseScheme(client.Federation);
                client.StartFrom(_ => SmallModel.Initial).OnModel((model, cancellationToken) =>
                {
                    if (model.Outcome is not null && model.Release == ModelRelease.MayBePublished)
                    {
                        if (_failing.TryRemove(name, out _))
                        {
                            throw new InvalidOperationException("The first receiver is not there yet, and is asked again.");
                        }

                        _ends[name].TrySetResult(model);
                    }

                    return Task.CompletedTask;
                });
            },
            change);

    private IHost Build(TestServer server, string party, Action<IServiceCollection, IConfigurationSection> add, Action<Dictionary<string, string?>>? change = null)
        => PartyHosts.Build(_federation, server.Address, party, add, change);
}
