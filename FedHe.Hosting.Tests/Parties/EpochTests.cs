using System.Collections.Concurrent;
using System.Net;
using FedHe.Hosting.Clients;
using FedHe.Hosting.Epochs;
using FedHe.Hosting.Errors;
using FedHe.Hosting.Tests.Support;
using FedHe.MLBridge.Identities;
using FedHe.Orchestration.Audit;
using FedHe.Orchestration.Client;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Keys;
using FedHe.Orchestration.Tests.Host.Federations;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using PartyFiles = FedHe.Hosting.Folders.PartyFiles;

namespace FedHe.Hosting.Tests.Parties;

/// <summary>Clients join and leave a job of services over TLS, and the group key is renewed, while parties are restarted.</summary>
public sealed class EpochTests : IDisposable
{
    private const int Rounds = 5;
    private const string Joiner = "c5";
    private const string Leaver = "c4";

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private SmallFederation _federation = new(rounds: Rounds);
    private readonly ConcurrentDictionary<string, FederatedModel> _models = [];
    private readonly Dictionary<string, IHost> _hosts = [];

    // The rounds that may be trained: c1 waits for its turn, and without it no round ends.
    private readonly SemaphoreSlim _turns = new(0);
    private TestServer? _server;
    private Func<ClientId, bool> _mayHaveKeys = _ => true;

    public void Dispose()
    {
        _federation.Dispose();
        _turns.Dispose();
    }

    [Theory]
    [InlineData("")]
    [InlineData("server")]
    [InlineData(SmallFederation.Authority)]
    [InlineData("c2")]
    [InlineData(Joiner)]
    [InlineData(Leaver)]
    public async Task Job_WhoseClientsJoinAndLeave_EndsWithOneModel(string restarted)
    {
        ClientCard card = _federation.Introduce(Joiner);
        Dictionary<string, string?> settings = _federation.ServerSettings();
        _server = await TestServer.StartAsync(_federation, settings, Listen(port: 0));
        try
        {
            foreach (string party in (string[])[SmallFederation.Authority, .. PartyNames.Clients, Joiner])
            {
                await StartAsync(party);
            }

            // The first round waits for c1. The server's operator and the authority's act each on their own.
            _federation.Request($$"""{ "epoch": 2, "join": { "{{Joiner}}": "{{card.Fingerprint}}" }, "leave": ["{{Leaver}}"] }""");
            await WaitForAsync(() => HasBrought(2));
            _federation.HasAtTheAuthority(PartyFiles.EpochRequest).Should().BeFalse();
            settings[$"FedHe:Jobs:small:ClientKeys:{Joiner}:0"] = _federation.PinOf(Joiner);
            _server.Change(settings);
            await WaitForAsync(() => Has(Joiner, 518));
            await RestartAsync(restarted, settings);

            // The sum of the first round, and the epoch behind it.
            _turns.Release();
            await WaitForAsync(() => Epoch == 2);
            await RestartAsync(restarted, settings);
            await WaitForAsync(() => _models.TryGetValue(Leaver, out FederatedModel? last) && last.Outcome == FederationOutcome.Left);
            await WaitForAsync(() => File.Exists(Path.Combine(_federation.FolderOf(Joiner), PartyFiles.ClientKeysOf(2))));
            await RestartAsync(restarted, settings);

            // A fresh group key alone.
            _turns.Release();
            await WaitForAsync(() => _models.TryGetValue(Joiner, out FederatedModel? model) && model.Round == 2);
            _federation.Request("""{ "epoch": 3 }""");
            await WaitForAsync(() => _federation.HasAtTheAuthority(PartyFiles.PlanOf(3)));
            await RestartAsync(restarted, settings);
            await WaitForAsync(() => HasBrought(3));
            _turns.Release(Rounds * SmallJob.MaxWeight);
            string[] staying = [.. PartyNames.Clients.Append(Joiner).Where(name => name != Leaver)];
            await WaitForAsync(() => staying.All(name => _models.TryGetValue(name, out FederatedModel? last) && last.Outcome == FederationOutcome.Completed));

            Epoch.Should().Be(3);
            staying.Select(name => string.Join(' ', SmallModel.ValuesOf(_models[name].Parameters))).Distinct().Should().ContainSingle();
            _models[Leaver].Outcome.Should().Be(FederationOutcome.Left);
            _models[Leaver].Round.Should().Be(1, "it keeps the model of its last epoch");
            await _hosts[Leaver].WaitForShutdownAsync().WaitAsync(Patience);
            ShouldBeAudited(staying);
            ShouldHaveKeysOfTheLastEpochAlone(staying);

            // What was sent to all of an epoch is gone when all of that epoch have it.
            await WaitForAsync(() => Directory.GetFiles(Path.Combine(_federation.FolderOf("server"), "mail", "broadcasts")).Length == 0);
        }
        finally
        {
            _turns.Release(Rounds * SmallJob.MaxWeight);
            await StopAsync();
        }
    }

    [Fact]
    public async Task Client_ThatWasAwayForTwoEpochs_CatchesUp_AndOldPlansAreRefused()
    {
        const string Away = "c3";
        await StartServerThatSoonWaitsNoMoreAsync();
        try
        {
            await StartAllAsync();

            _turns.Release();
            await WaitForAsync(() => _models.TryGetValue(Away, out FederatedModel? model) && model.Round == 1);
            await StopAsync(Away);
            await WaitForAsync(() => !_server!.Status.Available.Contains(new ClientId(Away)));
            foreach (int epoch in (int[])[2, 3])
            {
                _federation.Request($$"""{ "epoch": {{epoch}} }""");
                await WaitForAsync(() => HasBrought(epoch));
                _turns.Release();
                await WaitForAsync(() => Epoch == epoch);
            }

            File.Exists(Path.Combine(_federation.FolderOf(Away), PartyFiles.CertificateOf(2))).Should().BeFalse("it is away");
            await ShouldRefuseOldPlansAsync();
            await StartAsync(Away);
            _turns.Release(Rounds * SmallJob.MaxWeight);
            await WaitForAsync(() => PartyNames.Clients.All(name => _models[name].Outcome == FederationOutcome.Completed));

            PartyNames.Clients.Select(name => string.Join(' ', SmallModel.ValuesOf(_models[name].Parameters))).Distinct().Should().ContainSingle();
            ShouldHaveKeysOfTheLastEpochAlone([Away]);
        }
        finally
        {
            _turns.Release(Rounds * SmallJob.MaxWeight);
            await StopAsync();
        }
    }

    [Fact]
    public async Task Client_WhomTheAuthorityRefusedTheKeyOfAnEpoch_GetsItWhenItIsStartedAgain()
    {
        const string Refused = "c2";
        await StartServerThatSoonWaitsNoMoreAsync();
        try
        {
            await StartAllAsync();

            _turns.Release();
            await WaitForAsync(() => _models.TryGetValue(Refused, out FederatedModel? model) && model.Round == 1);
            _mayHaveKeys = client => client.Value != Refused;
            _federation.Request("""{ "epoch": 2 }""");
            await WaitForAsync(() => HasBrought(2));
            _turns.Release();
            IHostApplicationLifetime refused = _hosts[Refused].Services.GetRequiredService<IHostApplicationLifetime>();
            await WaitForAsync(() => refused.ApplicationStopping.IsCancellationRequested);
            await this.Awaiting(one => one.StopAsync(Refused)).Should().ThrowAsync<HostingException>();

            _mayHaveKeys = _ => true;
            await StartAsync(Refused);
            _turns.Release(Rounds * SmallJob.MaxWeight);

            await WaitForAsync(() => PartyNames.Clients.All(name => _models[name].Outcome == FederationOutcome.Completed));
            ShouldHaveKeysOfEpochAlone(2, [Refused]);
        }
        finally
        {
            _turns.Release(Rounds * SmallJob.MaxWeight);
            await StopAsync();
        }
    }

    [Fact]
    public async Task Authority_SetBackAsAWhole_LearnsOfItsEpochs_OrStopsWhereItLacksTheirKey()
    {
        _server = await TestServer.StartAsync(_federation, _federation.ServerSettings(), Listen(port: 0));
        string folder = _federation.FolderOf(SmallFederation.Authority);
        string[] backups = [folder + ".before", folder + ".planned"];
        try
        {
            CopyFolder(folder, backups[0]);
            await StartAllAsync();

            _federation.Request("""{ "epoch": 2 }""");
            await WaitForAsync(() => HasBrought(2));
            await StopAsync(SmallFederation.Authority);
            CopyFolder(folder, backups[1]);
            await StartAsync(SmallFederation.Authority);
            _turns.Release();
            await WaitForAsync(() => Epoch == 2);
            await StopAsync(SmallFederation.Authority);

            // With the plan it enters the epoch again, and plans the next one.
            CopyFolder(backups[1], folder);
            await StartAsync(SmallFederation.Authority);
            await WaitForAsync(() => HasLogged(517, "Epoch 2 "));
            _federation.Request("""{ "epoch": 3 }""");
            await WaitForAsync(() => HasBrought(3));
            await StopAsync(SmallFederation.Authority);

            // Without the key of an epoch that has begun it must not look as if it worked.
            CopyFolder(backups[0], folder);
            await StartAsync(SmallFederation.Authority);
            IHostApplicationLifetime stopped = _hosts[SmallFederation.Authority].Services.GetRequiredService<IHostApplicationLifetime>();
            await WaitForAsync(() => stopped.ApplicationStopping.IsCancellationRequested);
            await this.Awaiting(one => one.StopAsync(SmallFederation.Authority)).Should().ThrowAsync<HostingException>().Where(fault => fault.Error == HostingError.FileRefused);
        }
        finally
        {
            _turns.Release(Rounds * SmallJob.MaxWeight);
            await StopAsync();
        }
    }

    private int Epoch => _server!.Status.Epoch;

    private static void CopyFolder(string source, string target)
    {
        if (Directory.Exists(target))
        {
            Directory.Delete(target, recursive: true);
        }

        Directory.CreateDirectory(target);
        foreach (string path in Directory.EnumerateFiles(source).Where(path => Path.GetFileName(path) != "lock"))
        {
            File.Copy(path, Path.Combine(target, Path.GetFileName(path)));
        }
    }

    private static async Task WaitForAsync(Func<bool> condition)
    {
        using var limit = new CancellationTokenSource(Patience);
        while (!condition())
        {
            await Task.Delay(10, limit.Token);
        }
    }

    private Action<KestrelServerOptions> Listen(int port)
        => kestrel => kestrel.Listen(IPAddress.Loopback, port, listen => listen.UseHttps(_federation.ServerCertificate));

    private bool HasBrought(int epoch) => HasLogged(515, $"epoch {epoch}.");

    private bool HasLogged(int logEvent, string words)
        => PartyHosts.LogOf(_hosts[SmallFederation.Authority]).Entries.Any(entry => entry.Event == logEvent && entry.Text.Contains(words, StringComparison.Ordinal));

    private bool Has(string party, int logEvent) => PartyHosts.LogOf(_hosts[party]).Entries.Any(entry => entry.Event == logEvent);

    /// <summary>Ends a party whatever it does, and starts it again from its folder.</summary>
    private async Task RestartAsync(string party, Dictionary<string, string?> settings)
    {
        if (party == "server")
        {
            int port = _server!.Port;
            await _server.DisposeAsync();
            _server = await TestServer.StartAsync(_federation, settings, Listen(port));
        }
        else if (party.Length > 0)
        {
            await StopAsync(party);
            await StartAsync(party);
        }
    }

    /// <summary>Starts a server that misses a client soon: without one of its clients each round begins only after the time for which it waits.</summary>
    private async Task StartServerThatSoonWaitsNoMoreAsync()
    {
        _federation.Dispose();
        _federation = new SmallFederation(rounds: Rounds, waitingTime: TimeSpan.FromSeconds(5));
        Dictionary<string, string?> settings = _federation.ServerSettings();
        settings["FedHe:LongPoll"] = "00:00:01";
        settings["FedHe:UnreachableAfter"] = "00:00:02";
        _server = await TestServer.StartAsync(_federation, settings, Listen(port: 0));
    }

    /// <summary>Starts the key authority and the clients of the job as it was described.</summary>
    private async Task StartAllAsync()
    {
        foreach (string party in (string[])[SmallFederation.Authority, .. PartyNames.Clients])
        {
            await StartAsync(party);
        }
    }

    private async Task StartAsync(string party)
    {
        _hosts[party] = PartyHosts.Build(_federation, _server!.Address, party, (services, section) =>
        {
            if (party == SmallFederation.Authority)
            {
                services.AddKeyedSingleton<IClientAuthenticator>(FedHeHostingExtensions.DefaultName, new Judge(client => _mayHaveKeys(client)));
                services.AddFedHeKeyAuthority(section);
                return;
            }

            services.AddKeyedSingleton<ILocalTrainer>(FedHeHostingExtensions.DefaultName, new PatientTrainer(party, party == "c1" ? _turns : null));
            services.AddFedHeClient(section).StartFrom(_ => SmallModel.Initial).OnModel((model, _) =>
            {
                _models[party] = model;
                return Task.CompletedTask;
            });
        });
        await _hosts[party].StartAsync();
    }

    private async Task StopAsync(string party)
    {
        if (_hosts.Remove(party, out IHost? host))
        {
            using (host)
            {
                await host.StopAsync();
            }
        }
    }

    private async Task StopAsync()
    {
        foreach (string party in _hosts.Keys.ToList())
        {
            await StopAsync(party);
        }

        await _server!.DisposeAsync();
    }

    /// <summary>Brings plans and requests of epochs that have begun once more.</summary>
    private async Task ShouldRefuseOldPlansAsync()
    {
        await WaitForAsync(() => HasLogged(517, "Epoch 3 "));
        using HttpClient authority = _server!.ConnectAs(SmallFederation.Authority);
        byte[] old = await File.ReadAllBytesAsync(Path.Combine(_federation.FolderOf(SmallFederation.Authority), PartyFiles.PlanOf(2)));
        using HttpResponseMessage response = await authority.PostAsync($"{_server.PartyOf(SmallFederation.Authority)}/plan", old);
        response.StatusCode.Should().Be(HttpStatusCode.UnprocessableEntity);
        (await response.Content.ReadAsStringAsync()).Should().Contain("WrongNumber");
        _federation.Request("""{ "epoch": 3 }""");
        await WaitForAsync(() => _federation.HasAtTheAuthority(PartyFiles.RefusedEpochRequest));
        Epoch.Should().Be(3);
    }

    private void ShouldBeAudited(string[] staying)
    {
        AuditReport report = AuditLog.Verify(File.ReadAllBytes(Path.Combine(_federation.FolderOf("server"), PartyFiles.AuditLog)), _federation.Job, []);
        report.Faults.Should().BeEmpty();
        report.Entries.Where(entry => entry.Kind == AuditKind.EpochBegan).Select(entry => entry.Find("clients")).Should().Equal(Enumerable.Repeat(string.Join(' ', staying), 2));
    }

    private void ShouldHaveKeysOfTheLastEpochAlone(string[] staying) => ShouldHaveKeysOfEpochAlone(3, staying);

    private void ShouldHaveKeysOfEpochAlone(int epoch, string[] staying)
    {
        foreach (string name in staying)
        {
            Directory.EnumerateFiles(_federation.FolderOf(name), "keys*").Select(Path.GetFileName).Should().Equal(PartyFiles.ClientKeysOf(epoch));
            Directory.EnumerateFiles(_federation.FolderOf(name), "request*").Should().BeEmpty();
        }
    }

    /// <summary>A trainer that may wait for its turn, which the test gives.</summary>
    private sealed class PatientTrainer(string client, SemaphoreSlim? turns) : ILocalTrainer
    {
        private readonly SteadyTrainer _inner = new(PartyNames.Clients.Contains(client) ? client : "c4");

        public long SampleCount => _inner.SampleCount;

        public async Task<LocalTrainingResult> TrainAsync(
            MLBridge.Layout.ModelParameters globalModel, TrainingTask task, IProgress<double>? progress, CancellationToken cancellationToken)
        {
            if (turns is not null)
            {
                await turns.WaitAsync(cancellationToken);
            }

            return await _inner.TrainAsync(globalModel, task, progress, cancellationToken);
        }
    }
}
