using System.Collections.Concurrent;
using FedHe.Hosting.Clients;
using FedHe.Hosting.Connections;
using FedHe.Hosting.Errors;
using FedHe.Hosting.Tests.Support;
using FedHe.MLBridge.Layout;
using FedHe.Orchestration.Client;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Tests.Host.Federations;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using PartyFiles = FedHe.Hosting.Folders.PartyFiles;

namespace FedHe.Hosting.Tests.Parties;

/// <summary>Clients whose models and messages are in files, beside others who have them in memory, and a server with its sums in files.</summary>
public sealed class FileClientTests : IDisposable
{
    private const string Stopping = "c2";

    private readonly ConcurrentDictionary<string, TaskCompletionSource<double[]>> _ends = new(
        PartyNames.Clients.Select(name => KeyValuePair.Create(name, new TaskCompletionSource<double[]>(TaskCreationOptions.RunContinuationsAsynchronously))));

    private readonly TaskCompletionSource _firstRound = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ConcurrentDictionary<string, int> _trainings = new();
    private SmallFederation _federation = new();

    public void Dispose() => _federation.Dispose();

    /// <summary>One of the clients with files stops after a round, and goes on from its folder.</summary>
    [Theory]
    [InlineData(JobMode.Committee)]
    [InlineData(JobMode.RoundKeys)]
    public async Task Job_OfClientsWithFiles_EndsWithTheModelOfAll(JobMode mode)
    {
        _federation.Dispose();
        _federation = new SmallFederation(mode) { HasSumsInFiles = true };
        await using TestServer server = await TestServer.StartAsync(_federation);
        Dictionary<string, IHost> hosts = PartyNames.Clients.ToDictionary(name => name, name => BuildClient(server, name));
        hosts.Add(SmallFederation.Authority, PartyHosts.Build(_federation, server.Address, SmallFederation.Authority, (services, section) =>
            _federation.UseScheme(services.AddFedHeKeyAuthority(section).Federation.AuthenticateByRosterAlone())));
        try
        {
            foreach (IHost host in hosts.Values)
            {
                await host.StartAsync();
            }

            await _firstRound.Task.WaitAsync(TimeSpan.FromMinutes(1));
            await hosts[Stopping].StopAsync();
            hosts[Stopping].Dispose();
            hosts[Stopping] = BuildClient(server, Stopping);
            await hosts[Stopping].StartAsync();
            double[][] models = await Task.WhenAll(_ends.Values.Select(end => end.Task)).WaitAsync(TimeSpan.FromMinutes(2));

            models.Select(model => string.Join(' ', model)).Distinct().Should().ContainSingle();
            models[0].Should().NotEqual(SmallModel.ValuesOf(SmallModel.Initial));
            _trainings.Keys.Should().BeEquivalentTo(["c1", Stopping], "these have trainers of models in files");
            foreach (string client in (string[])["c1", Stopping])
            {
                string folder = _federation.FolderOf(client);
                Directory.GetFiles(Path.Combine(folder, PartyFiles.Models)).Should().NotBeEmpty();
                PartyHosts.LogOf(hosts[client]).Entries.Should().Contain(entry => entry.Event == 523, "a sum came to a file");
            }
        }
        finally
        {
            foreach (IHost host in hosts.Values)
            {
                await host.StopAsync();
                host.Dispose();
            }
        }

        foreach (string client in (string[])["c1", Stopping])
        {
            Directory.GetFiles(Path.Combine(_federation.FolderOf(client), "received")).Should().BeEmpty("a message is deleted when it was handled, or when the client stops");
        }
    }

    /// <summary>The message stays in the mailbox: a client that cannot keep a model would else train again and again, and have it sent each time.</summary>
    [Fact]
    public async Task Client_WhoseFilesFail_EndsAndAcknowledgesNothing()
    {
        _federation.Dispose();
        _federation = new SmallFederation { HasSumsInFiles = true };
        await using TestServer server = await TestServer.StartAsync(_federation);
        using IHost host = BuildClient(server, "c1", new FailingTrainer());
        using IHost authority = PartyHosts.Build(_federation, server.Address, SmallFederation.Authority, (services, section) => services.AddFedHeKeyAuthority(section).Federation.AuthenticateByRosterAlone());
        IHost[] others = [.. PartyNames.Clients.Except(["c1"]).Select(name => BuildClient(server, name))];
        var ended = new TaskCompletionSource();
        host.Services.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping.Register(ended.SetResult);
        try
        {
            await authority.StartAsync();
            await Task.WhenAll(others.Select(other => other.StartAsync()));
            await host.StartAsync();
            await ended.Task.WaitAsync(TimeSpan.FromMinutes(1));

            (await host.Awaiting(one => one.StopAsync()).Should().ThrowAsync<HostingException>()).Which.Error.Should().Be(HostingError.FolderNotWritable);
            PartyHosts.LogOf(host).Entries.Should().NotContain(entry => entry.Event == 505, "nobody takes it for a failed trainer");
        }
        finally
        {
            foreach (IHost other in others.Append(authority))
            {
                await other.StopAsync();
                other.Dispose();
            }
        }
    }

    [Fact]
    public async Task Client_WhoseModelFolderIsAnotherClients_EndsAndSaysWhy()
    {
        await using TestServer server = await TestServer.StartAsync(_federation);
        string models = Path.Combine(_federation.FolderOf("c1"), PartyFiles.Models);
        Directory.CreateDirectory(models);
        await File.WriteAllBytesAsync(Path.Combine(models, "lock"), Guid.NewGuid().ToByteArray());
        using IHost authority = PartyHosts.Build(_federation, server.Address, SmallFederation.Authority, (services, section) => services.AddFedHeKeyAuthority(section).Federation.AuthenticateByRosterAlone());
        using IHost host = BuildClient(server, "c1");
        var ended = new TaskCompletionSource();
        host.Services.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping.Register(ended.SetResult);

        await authority.StartAsync();
        await host.StartAsync();
        await ended.Task.WaitAsync(TimeSpan.FromMinutes(1));
        await authority.StopAsync();

        (await host.Awaiting(one => one.StopAsync()).Should().ThrowAsync<HostingException>().WithMessage("*models*")).Which.Error.Should().Be(HostingError.FileRefused);
    }

    [Fact]
    public async Task Client_WithATrainerInMemoryAsWell_DoesNotStart()
    {
        await using TestServer server = await TestServer.StartAsync(_federation);
        using IHost host = PartyHosts.Build(_federation, server.Address, "c1", (services, section) =>
        {
            services.AddKeyedSingleton<ILocalTrainer>(FedHeHostingExtensions.DefaultName, new SteadyTrainer("c1"));
            services.AddFedHeClient(section).KeepModelsInFiles<NoTrainer>(_ => SmallModel.Initial);
        });

        (await host.Awaiting(one => one.StartAsync()).Should().ThrowAsync<HostingException>().WithMessage("*KeepModelsInFiles*"))
            .Which.Error.Should().Be(HostingError.ServiceMissing);
    }

    [Fact]
    public async Task Client_ThatReportsMetricsOfModelsInFiles_DoesNotStart()
    {
        await using TestServer server = await TestServer.StartAsync(_federation);
        using IHost host = PartyHosts.Build(
            _federation,
            server.Address,
            "c1",
            (services, section) => services.AddFedHeClient(section).KeepModelsInFiles<NoTrainer>(_ => SmallModel.Initial),
            settings => settings["FedHe:ReportMetrics"] = "true");

        (await host.Awaiting(one => one.StartAsync()).Should().ThrowAsync<HostingException>().WithMessage("*ReportMetrics*"))
            .Which.Error.Should().Be(HostingError.ServiceMissing);
    }

    private static double[] ValuesOf(IFlatModel model)
    {
        var values = new double[model.Layout.ToArrayLength()];
        model.CopyFlatTo(0, values);
        return values;
    }

    private IHost BuildClient(TestServer server, string name, IFlatTrainer? failing = null) => PartyHosts.Build(
        _federation,
        server.Address,
        name,
        (services, section) =>
        {
            FedHeClientBuilder client = services.AddFedHeClient(section);
            _federation.UseScheme(client.Federation);
            if (name is "c1" or Stopping)
            {
                services.AddSingleton(new SteadyTrainer(name)).AddSingleton(_trainings).AddSingleton(new ReceivedLimits(ReceivedFiles.BeginningLength));
                if (failing is not null)
                {
                    services.AddKeyedSingleton(FedHeHostingExtensions.DefaultName, failing).AddKeyedSingleton(FedHeHostingExtensions.DefaultName, new InitialValues(_ => SmallModel.Initial));
                }
                else
                {
                    client.KeepModelsInFiles<SteadyFlatTrainer>(_ => SmallModel.Initial);
                }
            }
            else
            {
                services.AddKeyedSingleton<ILocalTrainer>(FedHeHostingExtensions.DefaultName, new SteadyTrainer(name));
                client.StartFrom(_ => SmallModel.Initial);
            }

            client.OnModel((model, _) =>
            {
                if (model.Round == 1 && name == Stopping)
                {
                    _firstRound.TrySetResult();
                }

                if (model.Outcome is not null && model.Release == ModelRelease.MayBePublished)
                {
                    _ends[name].TrySetResult(ValuesOf(model.Model));
                }

                return Task.CompletedTask;
            });
        },
        settings => settings["FedHe:ChunkLength"] = "4096");

    private sealed class SteadyFlatTrainer(SteadyTrainer trainer, ConcurrentDictionary<string, int> trainings) : IFlatTrainer
    {
        public long SampleCount => trainer.SampleCount;

        public Task<IFlatModel> TrainAsync(IFlatModel globalModel, TrainingTask task, IProgress<double>? progress, CancellationToken cancellationToken)
        {
            trainings.AddOrUpdate(trainer.SampleCount == 10 ? "c1" : Stopping, 1, (_, count) => count + 1);
            if (task.Round > 1)
            {
                globalModel.Should().NotBeOfType<ModelParameters>("it is in a file");
            }

            return Task.FromResult<IFlatModel>(trainer.Train(SmallModel.Of(ValuesOf(globalModel), steps: 0)));
        }
    }

    /// <summary>Returns a model whose file cannot be read any more.</summary>
    private sealed class FailingTrainer : IFlatTrainer, IFlatModel
    {
        public long SampleCount => 10;

        public ModelLayout Layout => SmallModel.Layout;

        public Task<IFlatModel> TrainAsync(IFlatModel globalModel, TrainingTask task, IProgress<double>? progress, CancellationToken cancellationToken) => Task.FromResult<IFlatModel>(this);

        public void CopyFlatTo(long start, Span<double> destination) => throw new IOException("The disk is gone.");
    }

    private sealed class NoTrainer : IFlatTrainer
    {
        public long SampleCount => 1;

        public Task<IFlatModel> TrainAsync(IFlatModel globalModel, TrainingTask task, IProgress<double>? progress, CancellationToken cancellationToken)
            => throw new NotSupportedException();
    }
}
