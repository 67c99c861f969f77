using FedHe.Crypto;
using FedHe.Crypto.Ckks;
using FedHe.MLBridge.Adapters;
using FedHe.MLBridge.Averaging;
using FedHe.MLBridge.Identities;
using FedHe.MLBridge.Layout;
using FedHe.MLBridge.Updates;
using FedHe.Orchestration.Client;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Planning;
using FedHe.Orchestration.Transport;
using FedHe.TorchSharp.State;
using FedHe.TorchSharp.Training;
using TorchFederation.Data;
using TorchFederation.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace TorchFederation.Federations;

/// <summary>
/// An adapter experiment trains a small transformer on one dialect of a generated language, and adapters (LoRA) of it on the other dialects, of which each client has
/// one.
/// </summary>
internal sealed class AdapterExperiment : IDisposable
{
    private const int Rank = 8;
    private const double Alpha = 16;
    private const int Width = 32;
    private const double Bound = 8;
    private const int PrecisionBits = 24;

    private readonly int _seed;
    private readonly HeContext _context = new CkksScheme().CreateContext();
    private readonly List<nn.Module<Tensor, Tensor>> _modules = [];
    private readonly nn.Module<Tensor, Tensor> _base;
    private readonly Samples[] _shares;
    private readonly Samples _test;
    private readonly ModuleLayout _layout;
    private readonly ModelParameters _initial;

    /// <summary>Trains the base model.</summary>
    public AdapterExperiment(int seed)
    {
        _seed = seed;

        // The tensors are too small to share among threads.
        set_num_threads(1);
        using Generator generator = manual_seed(seed);
        _base = Create();
        using Samples own = Dialects.Generate(count: 300, [1], seed);
        SetGradients(_base, ofAdapters: false);
        LocalTraining.Train(_base, own, Adam, new TrainingTask(1, BaseTraining, 1), NoProgress.Instance, CancellationToken.None);
        SetGradients(_base, ofAdapters: true);
        using Samples held = Dialects.Generate(count: 200, [1], seed + 1);
        BaseAccuracy = LocalTraining.Accuracy(_base, held);

        _shares = [.. Enumerable.Range(0, Clients).Select(client => Dialects.Generate(count: 200, SharesOf(client), seed + 2 + client))];
        _test = Dialects.Generate(count: 1000, [0, 1.0 / Clients, 1.0 / Clients, 1.0 / Clients], seed + 2 + Clients);
        UnadaptedAccuracy = LocalTraining.Accuracy(_base, _test);
        _layout = ModuleLayout.Of(_base, Bound, new ModuleLayoutOptions { Frozen = FrozenParameters.Stay });
        _initial = _layout.Read(_base);
    }

    public const int Clients = Dialects.Count - 1;

    public static TrainingSettings Training { get; } = new() { LearningRate = 0.01, BatchSize = 25, LocalEpochs = 5 };

    private static TrainingSettings BaseTraining { get; } = new() { LearningRate = 0.005, BatchSize = 25, LocalEpochs = 20 };

    /// <summary>The accuracy of the base model on its own dialect.</summary>
    public double BaseAccuracy { get; }

    /// <summary>The accuracy of the base model on the other dialects, without adapters.</summary>
    public double UnadaptedAccuracy { get; }

    /// <summary>The layout of the adapters.</summary>
    public ModelLayout Layout => _layout.Layout;

    /// <summary>Trains adapters on the samples of all clients in one place, for as many passes as a federation makes.</summary>
    public double Centralized(int rounds, CancellationToken cancellationToken)
    {
        using Generator generator = manual_seed(_seed);
        nn.Module<Tensor, Tensor> module = Adapted();
        using var all = new Samples(cat([.. _shares.Select(share => share.Inputs)]), cat([.. _shares.Select(share => share.Labels)]));
        for (int round = 1; round <= rounds; round++)
        {
            Train(module, all, rounds, new TrainingTask(round, Training, 1), NoProgress.Instance, cancellationToken);
        }

        return LocalTraining.Accuracy(module, _test);
    }

    /// <summary>Trains adapters in a federation under encryption.</summary>
    public async Task<AdapterOutcome> FederateAsync(AdapterTerms terms, int rounds, CancellationToken cancellationToken)
    {
        nn.Module<Tensor, Tensor> evaluated = Adapted();
        var log = new UpdateLog();
        using InProcessFederation federation = await InProcessFederation.CreateAsync(Setup(terms, rounds, log), cancellationToken);
        FederationPlan plan = FederationPlan.Create(federation.Job, _context.Public);
        var accuracies = new List<double>();
        double gap = 0;
        await foreach (RoundResult round in federation.RunAsync(progress: null, cancellationToken))
        {
            if (round.Model is not AveragedModel averaged)
            {
                throw new InvalidOperationException($"Round {round.Report.Round} found no quorum.", federation.Failures.Values.FirstOrDefault());
            }

            _layout.Load(averaged.Parameters, evaluated);
            accuracies.Add(LocalTraining.Accuracy(evaluated, _test));
            gap = Math.Max(gap, log.GapOfProducts());
        }

        return new AdapterOutcome(accuracies, gap, plan.UploadBytesOf(1), plan.UploadBytesOf(2), federation.Clients.Min(client => client.Release));
    }

    public void Dispose()
    {
        _context.Dispose();
        _modules.ForEach(module => module.Dispose());
        Array.ForEach(_shares, share => share.Dispose());
        _test.Dispose();
    }

    /// <summary>All of a client's sequences are of one dialect.</summary>
    private static double[] SharesOf(int client) => [0, .. Enumerable.Range(0, Clients).Select(dialect => dialect == client ? 1.0 : 0)];

    private static optim.Optimizer Adam(nn.Module<Tensor, Tensor> model, double learningRate)
        => optim.Adam(model.parameters().Where(parameter => parameter.requires_grad), learningRate);

    /// <summary>Trains with a learning rate that falls to a tenth over the rounds, in one place as in a federation.</summary>
    private static void Train(
        nn.Module<Tensor, Tensor> module, Samples samples, int rounds, TrainingTask task, IProgress<double> progress, CancellationToken cancellationToken)
    {
        double decay = Math.Max(0.1, 1 - ((task.Round - 1.0) / rounds));
        LocalTraining.Train(module, samples, (model, rate) => Adam(model, rate * decay), task, progress, cancellationToken);
    }

    private static void SetGradients(nn.Module<Tensor, Tensor> module, bool ofAdapters)
    {
        foreach ((string name, TorchSharp.Modules.Parameter parameter) in module.named_parameters())
        {
            parameter.requires_grad = name.Contains(".lora_", StringComparison.Ordinal) == ofAdapters;
        }
    }

    private InProcessFederationSetup Setup(AdapterTerms terms, int rounds, UpdateLog log) => new()
    {
        Context = _context,
        Terms = new AggregationTerms(
            Layout, Weighting.Clear, _shares.Max(share => share.Count), new TransferPrecision(PrecisionBits, Clients)),
        Settings = new FederationSettings { Rounds = rounds, ClientsPerRound = Clients, Quorum = Clients, Training = Training },
        InitialModel = _initial,
        Trainers = Enumerable.Range(0, Clients).ToDictionary(
            client => new ClientId($"client-{client + 1}"),
            client => log.Record(new ClientId($"client-{client + 1}"), TrainerOf(client, rounds))),
        Update = new UpdateTerms(UpdateKind.Difference, adapters: terms),
        MaxConcurrentClients = 1,
    };

    private ModuleTrainer<nn.Module<Tensor, Tensor>> TrainerOf(int client, int rounds) => new(
        Adapted(),
        _layout,
        _shares[client].Count,
        (module, task, progress, cancellationToken) => Train(module, _shares[client], rounds, task, progress, cancellationToken),
        seed: _seed + client);

    private SmallTransformer Create()
    {
        var module = new SmallTransformer(
            Dialects.Vocabulary, Dialects.Length, Width, (inputs, outputs) => new LoraLinear(inputs, outputs, Rank, Alpha));
        _modules.Add(module);
        return module;
    }

    /// <summary>Creates a module with the base model, frozen, and adapters as they began.</summary>
    private SmallTransformer Adapted()
    {
        SmallTransformer module = Create();
        module.load_state_dict(_base.state_dict());
        SetGradients(module, ofAdapters: true);
        return module;
    }

    private sealed class NoProgress : IProgress<double>
    {
        public static NoProgress Instance { get; } = new();

        public void Report(double value)
        {
        }
    }
}
