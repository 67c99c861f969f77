using System.Buffers;
using FedHe.MLBridge.Identities;
using FedHe.Orchestration.Client;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Messages;
using FedHe.Orchestration.Protection;
using FedHe.Orchestration.Server;
using FedHe.Orchestration.Tests.Support;

namespace FedHe.Orchestration.Tests.Updates;

/// <summary>Sums of earlier attempts, which a server that was set back may deliver after later uploads, move control variates by what is in them.</summary>
public sealed class ControlAttemptTests
{
    [Theory]
    [InlineData(true, false, 1)]
    [InlineData(true, true, 1)]
    [InlineData(false, false, 1)]
    [InlineData(false, true, 1)]
    [InlineData(true, true, 3)]
    [InlineData(false, true, 3)]
    public async Task Sum_OfAnEarlierAttempt_MovesControlsByItsOwnUploads(bool wasPublished, bool isRestarted, int later)
    {
        using var protector = new PasswordProtector("correct horse battery");
        using TestBench bench = await TestBench.CreateAsync(new BenchOptions
        {
            Clients = 5,
            Quorum = 4,
            MinimumContributors = 4,
            MaxWeight = 1,
            MaxAttempts = 4,
            Update = ControlFixture.Update,
            Protection = JobProtection.RoundKeys,
            Protector = protector,
        });
        for (int i = 0; i < bench.Clients.Count; i++)
        {
            FakeTrainer trainer = ControlFixture.Trainer(i);
            bench.Trainers[i].Train = (model, task) => TestModel.Map(trainer.Train!(model, task), (value, _) => value + (0.01 * task.Attempt), steps: i);
            bench.Trainers[i].Report = trainer.Report;
        }

        // The sum of the first attempt reaches two clients, and the others are invited to later ones meanwhile.
        SortedDictionary<ClientId, ReadOnlyMemory<byte>> uploads = await bench.TrainAsync(bench.StartWithAll());
        OutgoingMessage[] sums = [.. uploads.Values.SelectMany(upload => bench.Server.Receive(upload)).Where(message => message.Kind == MessageKind.Aggregate)];
        sums.Should().HaveCount(5);
        for (int i = 2; i < 5; i++)
        {
            for (int attempt = 2; attempt <= 1 + later; attempt++)
            {
                var invitation = new Invitation(bench.Slot(i, round: 1, attempt), bench.Job.StartDigest, 1, wasPublished);
                (await bench.Clients[i].HandleAsync(bench.FromServer(invitation))).Messages.Should().ContainSingle();
                if (isRestarted)
                {
                    var state = new ArrayBufferWriter<byte>();
                    bench.Clients[i].SaveState(state);
                    bench.Clients[i] = FederationClient.Restore(bench.ClientSetup(i), state.WrittenMemory);
                }
            }

            bench.Trainers[i].Results.Should().HaveCount(wasPublished ? 1 + later : 1);
        }

        foreach (OutgoingMessage sum in sums)
        {
            await bench.ClientOf(sum).HandleAsync(sum.Bytes);
        }

        bench.Clients.Should().AllSatisfy(client => client.ModelRound.Should().Be(1));
        bench.Clients.Should().AllSatisfy(client => ControlFixture.KeeperOf(client).IsLost.Should().BeFalse());
        ControlFixture.ShouldBeTheMean(bench.Clients, round: 1);
    }
}
