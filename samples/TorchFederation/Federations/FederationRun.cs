using System.Runtime.CompilerServices;
using FedHe.Crypto;
using FedHe.Crypto.Ckks;
using FedHe.MLBridge.Averaging;
using FedHe.MLBridge.Identities;
using FedHe.MLBridge.Layout;
using FedHe.MLBridge.Updates;
using FedHe.Orchestration.Client;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Transport;
using FedHe.TorchSharp.State;
using FedHe.TorchSharp.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace TorchFederation.Federations;

/// <summary>A federation run trains an experiment twice, encrypted and in clear, from the same model and with the same seeds.</summary>
internal sealed class FederationRun : IDisposable
{
    // Far above what trained weights reach; a value beyond it is refused.
    private const double Bound = 8;
    private const int PrecisionBits = 24;

    private readonly Experiment _experiment;
    private readonly int _seed;
    private readonly HeContext _context = new CkksScheme().CreateContext();
    private readonly List<nn.Module<Tensor, Tensor>> _modules = [];
    private readonly nn.Module<Tensor, Tensor> _evaluated;

    public FederationRun(Experiment experiment, int seed)
    {
        _experiment = experiment;
        _seed = seed;
        using Generator generator = manual_seed(seed);
        _evaluated = Create();
        Layout = ModuleLayout.Of(_evaluated, Bound);
    }

    /// <summary>What travels.</summary>
    public ModuleLayout Layout { get; }

    /// <summary>The worst release of the model at any client, after the last round.</summary>
    public ModelRelease Release { get; private set; }

    /// <summary>Runs rounds one after another.</summary>
    public async IAsyncEnumerable<RoundOutcome> RunAsync(int rounds, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        ModelParameters plain = Layout.Read(_evaluated);
        ILocalTrainer[] plainTrainers = [.. Enumerable.Range(0, Experiment.Clients).Select(TrainerOf)];
        var log = new UpdateLog();
        var training = new TrainingSettings { LearningRate = _experiment.LearningRate, BatchSize = _experiment.BatchSize, LocalEpochs = _experiment.LocalEpochs };
        using InProcessFederation federation = await InProcessFederation.CreateAsync(Setup(plain, rounds, training, log), cancellationToken);
        await foreach (RoundResult round in federation.RunAsync(progress: null, cancellationToken))
        {
            if (round.Model is not AveragedModel averaged)
            {
                throw new InvalidOperationException(
                    $"Round {round.Report.Round} found no quorum.", federation.Failures.Values.FirstOrDefault());
            }

            plain = await PlainFedAvg.RoundAsync(
                plain, plainTrainers, new TrainingTask(round.Report.Round, training, MaxWeight), cancellationToken);
            (double difference, bool isWithin) = log.Compare(averaged);
            yield return new RoundOutcome(
                round.Report.Round, AccuracyOf(averaged.Parameters), AccuracyOf(plain), difference, averaged.MaxErrorBound, isWithin);
        }

        Release = federation.Clients.Min(client => client.Release);
    }

    public void Dispose()
    {
        _context.Dispose();
        _modules.ForEach(module => module.Dispose());
    }

    private long MaxWeight => _experiment.Shares.Max(share => share.Count);

    private InProcessFederationSetup Setup(ModelParameters initial, int rounds, TrainingSettings training, UpdateLog log) => new()
    {
        Context = _context,
        Terms = new AggregationTerms(
            Layout.Layout, Weighting.Clear, MaxWeight, new TransferPrecision(PrecisionBits, Experiment.Clients)),
        Settings = new FederationSettings
        {
            Rounds = rounds,
            ClientsPerRound = Experiment.Clients,
            Quorum = Experiment.Clients,
            Training = training,
        },
        InitialModel = initial,
        Trainers = Enumerable.Range(0, Experiment.Clients).ToDictionary(
            client => new ClientId($"client-{client + 1}"),
            client => log.Record(new ClientId($"client-{client + 1}"), TrainerOf(client))),

        // libtorch uses all cores by itself.
        MaxConcurrentClients = 1,
    };

    private ModuleTrainer<nn.Module<Tensor, Tensor>> TrainerOf(int client) => new(
        Create(),
        Layout,
        _experiment.Shares[client].Count,
        (module, task, progress, cancellationToken) => LocalTraining.Train(
            module, _experiment.Shares[client], _experiment.CreateOptimizer, task, progress, cancellationToken),
        seed: _seed + client);

    private nn.Module<Tensor, Tensor> Create()
    {
        nn.Module<Tensor, Tensor> module = _experiment.CreateModel();
        _modules.Add(module);
        return module;
    }

    private double AccuracyOf(ModelParameters model)
    {
        Layout.Load(model, _evaluated);
        return LocalTraining.Accuracy(_evaluated, _experiment.Test);
    }
}
