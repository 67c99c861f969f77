using System.Diagnostics;
using System.Globalization;
using FedHe.Benchmarks.Accuracy;
using FedHe.Learning.Models;
using FedHe.MLBridge.Identities;
using FedHe.MLBridge.Squeezing;
using FedHe.MLBridge.Updates;
using FedHe.Orchestration.Client;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Transport;
using HospitalFedAvg.Data;

namespace FedHe.Benchmarks.Squeezes;

/// <summary>A squeezed training trains a model in an encrypted federation, and prints accuracy and bytes.</summary>
internal static class SqueezedTraining
{
    private const int BatchSize = 32;
    private const int Figures = 5;

    /// <summary>Trains, with all values or with those that travel.</summary>
    public static async Task RunAsync(AccuracySettings settings, SparsificationTerms? squeeze, int rounds, double learningRate, CancellationToken cancellationToken)
    {
        long start = Stopwatch.GetTimestamp();
        var bridge = new ModelBridge(settings.InitialModel);
        int clients = settings.Silos.Count;
        using InProcessFederation federation = await InProcessFederation.CreateAsync(
            new InProcessFederationSetup
            {
                Context = null,
                Terms = new AggregationTerms(bridge.Layout, Weighting.Clear, settings.Silos.Max(silo => silo.Count), new TransferPrecision(24, clients)),
                Settings = new FederationSettings
                {
                    Rounds = rounds,
                    ClientsPerRound = clients,
                    Quorum = 3,
                    MinimumContributors = 3,
                    Training = new TrainingSettings { BatchSize = BatchSize, LearningRate = learningRate },
                },
                InitialModel = bridge.Export(settings.InitialModel, out _),
                Trainers = settings.Silos.Select((silo, i) => (Name: new ClientId($"silo-{i + 1}"), Trainer: new SiloTrainer(silo, settings, bridge, i)))
                    .ToDictionary(pair => pair.Name, ILocalTrainer (pair) => pair.Trainer),
                Update = new UpdateTerms(UpdateKind.Difference, squeeze: squeeze),
                MaxConcurrentClients = 1,
            },
            cancellationToken);
        var accuracies = new List<string>();
        long bytes = 0;
        double accuracy = 0;
        await foreach (RoundResult outcome in federation.RunAsync(cancellationToken: cancellationToken))
        {
            bytes = outcome.Report.BytesReceived / outcome.Report.Contributions.Length;
            Model model = settings.InitialModel.Clone();
            ModelBridge.Import(outcome.Model!.Parameters, model);
            accuracy = settings.AccuracyOf(model);
            if (outcome.Report.Round % Math.Max(1, rounds / Figures) == 0)
            {
                accuracies.Add(accuracy.ToString("P2", CultureInfo.InvariantCulture));
            }
        }

        string name = squeeze is null
            ? "all values"
            : string.Create(CultureInfo.InvariantCulture, $"{squeeze.Count:N0} values, {squeeze.RotatingCount:N0} in turns, {squeeze.WarmUpRounds} to warm up");
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{name,-52} {rounds} rounds: {accuracy,7:P2} ({string.Join(", ", accuracies)}), upload of {bytes,9:N0} bytes, {Stopwatch.GetElapsedTime(start).TotalSeconds:F0} s"));
    }
}
