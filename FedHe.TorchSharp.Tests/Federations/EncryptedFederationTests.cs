using FedHe.Crypto;
using FedHe.Crypto.Ckks;
using FedHe.Learning.Models;
using FedHe.MLBridge.Averaging;
using FedHe.MLBridge.Identities;
using FedHe.MLBridge.Layout;
using FedHe.MLBridge.Updates;
using FedHe.Orchestration.Client;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Transport;
using FedHe.TorchSharp.State;
using FedHe.TorchSharp.Tests.Support;
using FedHe.TorchSharp.Training;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace FedHe.TorchSharp.Tests.Federations;

public sealed class EncryptedFederationTests
{
    [TorchTheory]
    [InlineData("lenet")]
    [InlineData("cnn")]
    public async Task RunAsync_ThreeClients_EqualsThePlainAverageWithinThePromise(string name)
    {
        Model model = name == "lenet" ? PaperModels.LeNet() : PaperModels.Cnn();
        using LearningBridge bridge = LearningBridge.Create(model, seed: 1);
        ModelParameters initial = bridge.Layout.Read(bridge.Module);
        var log = new Dictionary<ClientId, (ModelParameters Model, long Weight)>();
        Sequential[] modules = [.. Enumerable.Range(0, 3).Select(_ => Networks.Of(model))];
        using HeContext he = new CkksScheme().CreateContext();
        using InProcessFederation federation = await InProcessFederation.CreateAsync(new InProcessFederationSetup
        {
            Context = he,
            Terms = new AggregationTerms(bridge.Layout.Layout, Weighting.Clear, maxWeight: 100),
            Settings = new FederationSettings
            {
                Rounds = 2,
                ClientsPerRound = 3,
                Quorum = 3,
                Training = new TrainingSettings { LearningRate = 0.1, BatchSize = 4 },
            },
            InitialModel = initial,
            MaxConcurrentClients = 1,
            Trainers = Enumerable.Range(0, 3).ToDictionary(
                i => new ClientId($"client-{i}"),
                i => (ILocalTrainer)new Recorder(
                    new ModuleTrainer<Sequential>(modules[i], bridge.Layout, 50 + (25 * i), (module, task, _, _) => Train(bridge, module, task), seed: i),
                    trained => log[new ClientId($"client-{i}")] = (trained, 50 + (25 * i)))),
        });

        int rounds = 0;
        await foreach (RoundResult round in federation.RunAsync())
        {
            AveragedModel averaged = round.Model!;
            CompareWithPlainAverage(averaged, [.. log.Values]);
            rounds++;
        }

        federation.Failures.Should().BeEmpty();
        rounds.Should().Be(2);
        foreach (Sequential module in modules)
        {
            // What a client has in the end can be loaded into its module.
            bridge.Layout.Load(federation.Clients.First().GlobalModel, module);
            module.Dispose();
        }
    }

    private static void CompareWithPlainAverage(AveragedModel averaged, (ModelParameters Model, long Weight)[] updates)
    {
        ModelLayout layout = averaged.Parameters.Layout;
        double total = updates.Sum(update => update.Weight);
        double[] actual = Flat(averaged.Parameters);
        var models = updates.Select(update => (Values: Flat(update.Model), Share: update.Weight / total)).ToArray();
        double largestChange = 0;
        int position = 0;
        for (int t = 0; t < layout.Tensors.Length; t++)
        {
            for (int end = position + layout.Tensors[t].ToArrayLength(); position < end; position++)
            {
                double exact = 0;
                foreach ((double[] values, double share) in models)
                {
                    exact += share * values[position];
                }

                if (!(Math.Abs(actual[position] - exact) <= averaged.ErrorBounds[t]))
                {
                    Assert.Fail($"Position {position} differs by {Math.Abs(actual[position] - exact):E2}, promised is {averaged.ErrorBounds[t]:E2}.");
                }

                largestChange = Math.Max(largestChange, Math.Abs(models[0].Values[position] - models[1].Values[position]));
            }
        }

        largestChange.Should().BeGreaterThan(averaged.MaxErrorBound, "or the clients would not have trained differently");
    }

    private static double[] Flat(ModelParameters model)
    {
        var flat = new double[model.Layout.ParameterCount];
        model.CopyFlatTo(0, flat);
        return flat;
    }

    private static void Train(LearningBridge bridge, Sequential module, TrainingTask task)
    {
        using optim.Optimizer optimizer = optim.SGD(module.parameters(), task.Training.LearningRate);
        for (int step = 0; step < 2; step++)
        {
            optimizer.zero_grad();
            Tensor inputs = rand([task.Training.BatchSize, .. bridge.Model.SampleShape.Select(length => (long)length)]);
            Tensor labels = randint(0, bridge.Model.OutputCount, task.Training.BatchSize, dtype: ScalarType.Int64);
            nn.functional.cross_entropy(module.call(inputs), labels).backward();
            optimizer.step();
        }
    }

    /// <summary>Keeps what a trainer returns, which a real federation shows to nobody.</summary>
    private sealed class Recorder(ILocalTrainer trainer, Action<ModelParameters> record) : ILocalTrainer
    {
        public long SampleCount => trainer.SampleCount;

        public async Task<LocalTrainingResult> TrainAsync(
            ModelParameters globalModel, TrainingTask task, IProgress<double>? progress, CancellationToken cancellationToken)
        {
            LocalTrainingResult result = await trainer.TrainAsync(globalModel, task, progress, cancellationToken);
            record(result.Parameters);
            return result;
        }
    }
}
