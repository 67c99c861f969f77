using FedHe.MLBridge.Identities;
using FedHe.MLBridge.Updates;
using FedHe.Orchestration.Client;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Transport;
using MyFederation.Client;

namespace MyFederation.Tests;

public sealed class FederationTests
{
    /// <summary>The whole protocol within one process: encryption, committee, verification, averages. Only the network is missing.</summary>
    [Fact]
    public async Task FourClients_WithDifferentData_LearnOneLine()
    {
        using InProcessFederation federation = await InProcessFederation.CreateAsync(new InProcessFederationSetup
        {
            Terms = new AggregationTerms(LineModel.Layout, Weighting.Clear, maxWeight: 1_000_000),
            Settings = new FederationSettings
            {
                Rounds = 3, ClientsPerRound = 4, Quorum = 3, Training = new TrainingSettings { LocalEpochs = 50, LearningRate = 0.05 },
            },
            InitialModel = LineModel.Initial,
            Trainers = Enumerable.Range(0, 4).ToDictionary(i => new ClientId($"client-{i}"), i => (ILocalTrainer)new LineTrainer(DataOf(i))),
        });

        await foreach (RoundResult _ in federation.RunAsync())
        {
            // Each round has a report.
        }

        Assert.All(federation.Clients, client =>
        {
            Assert.Equal(FederationOutcome.Completed, client.Outcome);
            Assert.Equal(ModelRelease.MayBePublished, client.Release);
            Assert.Equal(2, client.GlobalModel.Get<float>("line")[0], tolerance: 0.05);
            Assert.Equal(1, client.GlobalModel.Get<float>("line")[1], tolerance: 0.05);
        });
    }

    private static Samples DataOf(int client)
        => new([.. Enumerable.Range(0, 50).Select(i => (client - 2) + (i / 50.0)).Select(x => (x, (2 * x) + 1))]);
}
