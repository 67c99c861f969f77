using FedHe.Orchestration.Client;
using FedHe.Orchestration.Errors;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Messages;
using FedHe.Orchestration.Tests.Committee;
using FedHe.Orchestration.Tests.Inspections;
using FedHe.Orchestration.Tests.Support;

namespace FedHe.Orchestration.Tests.Files;

/// <summary>Clients with their models in files take part in what clients in memory do: committees, and inspections of void attempts.</summary>
public sealed class FileClientProtocolTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("fedhe-clients");

    public void Dispose() => _folder.Delete(recursive: true);

    [Theory]
    [InlineData(UpdateKind.Model, false)]
    [InlineData(UpdateKind.Difference, true)]
    public async Task Committee_OfClientsWithFiles_OpensTheModelsOfClientsInMemory(UpdateKind kind, bool restarts)
    {
        using CommitteeBench bench = await CommitteeBench.CreateAsync(new CommitteeOptions
        {
            Rounds = 3,
            Update = new UpdateTerms(kind),
            Folders = index => index is 1 or 2 ? _folder.CreateSubdirectory($"{index}").FullName : null,
        });
        await bench.StartAsync();
        if (restarts)
        {
            bench.RestartClient(1);
            await bench.PumpAsync();
        }

        await bench.RunToEndAsync();

        bench.Clients.Should().OnlyContain(client => client.ModelRound == 3 && client.Outcome == FederationOutcome.Completed);
        FlatTrainer.ValuesOf(bench.Clients[1].Model).Should().Equal(TestModel.Flat(bench.Clients[0].GlobalModel));
        FlatTrainer.ValuesOf(bench.Clients[2].Model).Should().Equal(TestModel.Flat(bench.Clients[0].GlobalModel));
        bench.Clients.ForEach(client => client.Dispose());
    }

    [Theory]
    [InlineData(SpoiledTag.Segment, ExclusionReason.WrongValueTags)]
    [InlineData(SpoiledTag.Key, ExclusionReason.WrongKeyTags)]
    public async Task Inspection_OfUploadsInFiles_NamesTheClientThatSpoils(SpoiledTag tag, ExclusionReason reason)
    {
        using Courier courier = await Courier.CreateAsync();
        for (int i = 0; i < 3; i++)
        {
            courier.Bench.Clients[i] = new FederationClient(courier.Bench.ClientSetup(i) with
            {
                Files = new ModelFiles
                {
                    Folder = _folder.CreateSubdirectory($"{i}").FullName,
                    InitialModel = courier.Bench.InitialModel,
                    Trainer = new FlatTrainer(courier.Bench.Trainers[i]),
                },
            });
        }

        courier.Spoil(3, tag);

        await courier.RunAsync();

        courier.Bench.Server.ExcludedClients.Should().ContainSingle().Which.Value.Should().Be(reason);
        courier.Bench.Server.Outcome.Should().Be(FederationOutcome.Completed);
        courier.Arrived.Select(arrived => arrived.Message).OfType<Showing>().Select(showing => showing.Client).Distinct().Should().HaveCountGreaterThan(2);
        courier.Bench.Clients.Take(3).Should().OnlyContain(client => client.ModelRound == 2);
        courier.Bench.Clients.ForEach(client => client.Dispose());
    }

    /// <summary>A part of a file that is not what the client signed would name an honest client as one that shows something else.</summary>
    [Fact]
    public async Task Inspection_OfAnUploadThatRotted_NamesNobodyForIt()
    {
        using Courier courier = await Courier.CreateAsync();
        string folder = _folder.CreateSubdirectory("1").FullName;
        courier.Bench.Clients[1] = new FederationClient(courier.Bench.ClientSetup(1) with
        {
            Files = new ModelFiles { Folder = folder, InitialModel = courier.Bench.InitialModel, Trainer = new FlatTrainer(courier.Bench.Trainers[1]) },
        });
        var rotten = new HashSet<string>();
        courier.Arrives = (message, recipient) =>
        {
            if (message is Inquiry && recipient == courier.Bench.Clients[1].Client)
            {
                string path = Directory.GetFiles(folder, "*.upload").Single();
                byte[] bytes = File.ReadAllBytes(path);
                bytes[bytes.Length / 2] ^= rotten.Add(path) ? (byte)1 : (byte)0;
                File.WriteAllBytes(path, bytes);
            }

            return true;
        };
        courier.Spoil(3, SpoiledTag.Segment);

        await courier.RunAsync();

        rotten.Should().NotBeEmpty();
        courier.Arrived.Select(arrived => arrived.Message).OfType<Showing>().Should().NotContain(showing => showing.Client == courier.Bench.Clients[1].Client);
        courier.Bench.Server.ExcludedClients.Should().Contain(courier.Bench.Identities[3].Client, ExclusionReason.WrongValueTags)
            .And.NotContainValue(ExclusionReason.ShowedOther);
        courier.Bench.Clients.ForEach(client => client.Dispose());
    }
}
