using FedHe.Learning.Data;
using FedHe.Learning.Data.Digits;
using FedHe.Learning.Models;
using FedHe.Learning.Training;
using FedHe.MLBridge.Controls;
using FedHe.MLBridge.Identities;
using FedHe.MLBridge.Updates;
using FedHe.Orchestration.Client;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Transport;

namespace FedHe.Orchestration.Tests.Updates;

/// <summary>On clients that have other digits each, SCAFFOLD learns more in as many rounds than FedAvg.</summary>
public sealed class ControlTrainingTests
{
    private const int Clients = 5;

    [Fact]
    public async Task Training_OnSkewedDigits_IsBetterWithControlsThanWithout()
    {
        Dataset all = SyntheticDigits.Generate(1000, seed: 5);
        Dataset test = SyntheticDigits.Generate(1000, seed: 6);
        Model initial = ModelFactory.Linear(all.SampleShape, all.ClassCount).Initialize(1);
        Evaluation plain = await TrainAsync(initial, all, test, controls: null);
        Evaluation controlled = await TrainAsync(initial, all, test, new ControlTerms(bound: 8));

        plain.Accuracy.Should().BeGreaterThan(0.8, "the task is not hopeless without controls");
        controlled.Loss.Should().BeLessThan(0.75 * plain.Loss);
        controlled.Accuracy.Should().BeGreaterThan(plain.Accuracy + 0.01);
    }

    private static async Task<Evaluation> TrainAsync(Model initial, Dataset all, Dataset test, ControlTerms? controls)
    {
        // Each client has two of the ten digits.
        DigitTrainer[] silos = [.. Enumerable.Range(0, Clients).Select(silo => new DigitTrainer(
            initial, all.Subset([.. Enumerable.Range(0, all.Count).Where(i => all.Labels[i] / 2 == silo)]), seed: silo + 1))];
        var terms = new AggregationTerms(DigitTrainer.LayoutOf(initial), Weighting.Clear, maxWeight: 1);
        using InProcessFederation federation = await InProcessFederation.CreateAsync(new InProcessFederationSetup
        {
            Terms = terms,
            Settings = new FederationSettings
            {
                Rounds = 6,
                ClientsPerRound = Clients,
                Quorum = 4,
                MinimumContributors = 4,
                Training = new TrainingSettings { LocalEpochs = 5, BatchSize = 20, LearningRate = 0.05 },
            },
            InitialModel = DigitTrainer.Export(initial),
            Trainers = Enumerable.Range(0, Clients).ToDictionary(silo => new ClientId($"silo-{silo}"), ILocalTrainer (silo) => silos[silo]),
            Update = new UpdateTerms(UpdateKind.Difference, controls: controls),
        });
        await federation.RunAsync().LastAsync();

        federation.Outcome.Should().Be(FederationOutcome.Completed);
        return Evaluator.Evaluate(DigitTrainer.Import(federation.Clients.First().GlobalModel, initial), test);
    }
}
