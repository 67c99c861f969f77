using FedHe.Crypto.Errors;
using FedHe.MLBridge.Layout;
using FedHe.Orchestration.Client;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Privacy;
using FedHe.TorchSharp.Errors;
using FedHe.TorchSharp.Records;
using FedHe.TorchSharp.State;
using TorchSharp;
using static TorchSharp.torch;
using Module = TorchSharp.torch.nn.Module;

namespace FedHe.TorchSharp.Training;

/// <summary>
/// A module gradient trainer is the local trainer of a client in a job of distributed gradients: it adds up the clipped gradients of its records at the global model, and the client adds its share
/// of the noise. The module is as it was before, whatever happens.
/// </summary>
/// <typeparam name="TModule">The type of the module.</typeparam>
/// <remarks>Every client needs a module of its own. What stays with a client in its module is never changed.</remarks>
public sealed class ModuleGradientTrainer<TModule> : ILocalTrainer
    where TModule : Module
{
    private readonly TModule _module;
    private readonly ModuleLayout _layout;
    private readonly int[] _records;
    private readonly RecordLoss<TModule> _loss;
    private int _isTraining;

    /// <summary>Creates the trainer of a client.</summary>
    /// <param name="module">The client's module; the caller disposes it.</param>
    /// <param name="layout">The layout of the job.</param>
    /// <param name="records">
    /// The numbers of the client's records, each at least 0 and none twice. Where noise is correlated over rounds, a record takes part in rounds that follow from its number: keep it, and leave
    /// the number of a record that was withdrawn unused.
    /// </param>
    /// <param name="loss">The loss of a record.</param>
    /// <exception cref="ArgumentException">A number is negative or there twice.</exception>
    /// <exception cref="ModuleException">The module does not fit the layout.</exception>
    public ModuleGradientTrainer(TModule module, ModuleLayout layout, IEnumerable<int> records, RecordLoss<TModule> loss)
    {
        ArgumentNullException.ThrowIfNull(module);
        ArgumentNullException.ThrowIfNull(layout);
        ArgumentNullException.ThrowIfNull(records);
        ArgumentNullException.ThrowIfNull(loss);
        ModuleBinding.Of(module, layout);
        _module = module;
        _layout = layout;
        _loss = loss;
        _records = [.. records];
        if (_records.Any(record => record < 0) || _records.Distinct().Count() != _records.Length)
        {
            throw Throw.RecordNumbers(nameof(records));
        }
    }

    /// <summary>The weight of every client, 1: a sum of gradients counts each record once by itself, and the number of records is told to nobody.</summary>
    public long SampleCount => 1;

    /// <inheritdoc/>
    /// <exception cref="HeMismatchException">The global model has another layout.</exception>
    /// <exception cref="ModuleException">The module does not fit the layout, or a loss changed a buffer of it.</exception>
    /// <exception cref="InvalidOperationException">The job adds up no gradients, or another training of this trainer is running.</exception>
    /// <exception cref="OperationCanceledException">The training was canceled.</exception>
    public async Task<LocalTrainingResult> TrainAsync(ModelParameters globalModel, TrainingTask task, IProgress<double>? progress, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(globalModel);
        ArgumentNullException.ThrowIfNull(task);
        if (task.Privacy is not { Form: RecordProtection.DistributedGradient } terms)
        {
            throw Throw.NoJobOfGradients();
        }

        if (Interlocked.Exchange(ref _isTraining, 1) != 0)
        {
            throw Throw.TrainsAlready();
        }

        try
        {
            // Dispose scopes belong to a thread, so the whole sum stays on one.
            GradientSum sum = await Task.Run(() => Sum(globalModel, terms, task.Part, cancellationToken), cancellationToken).ConfigureAwait(false);
            return new LocalTrainingResult(globalModel) { Gradient = sum with { Part = task.Part } };
        }
        finally
        {
            Volatile.Write(ref _isTraining, 0);
        }
    }

    private GradientSum Sum(ModelParameters globalModel, PrivacyTerms terms, RecordPart? part, CancellationToken cancellationToken)
    {
        using DisposeScope scope = NewDisposeScope();
        using var before = new ModuleSnapshot(_module);
        try
        {
            _layout.Load(globalModel, _module);
            return ModuleClippedSum.Of(_module, _layout, terms, _records.Where(record => part?.Holds(record) != false), _loss, cancellationToken);
        }
        finally
        {
            before.Restore(_module);
        }
    }
}
