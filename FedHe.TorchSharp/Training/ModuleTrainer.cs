using FedHe.Crypto.Errors;
using FedHe.MLBridge.Errors;
using FedHe.MLBridge.Layout;
using FedHe.Orchestration.Client;
using FedHe.Orchestration.Errors;
using FedHe.Orchestration.Job;
using FedHe.TorchSharp.Errors;
using FedHe.TorchSharp.State;
using TorchSharp;
using static TorchSharp.torch;
using Module = TorchSharp.torch.nn.Module;

namespace FedHe.TorchSharp.Training;

/// <summary>
/// A module trainer is the local trainer of a client whose model is a TorchSharp module: it loads the global model, runs the client's
/// training loop, and reads the result. Where the loop throws, is canceled or ends in values that are not finite, the module is as it
/// was before, buffers included.
/// </summary>
/// <typeparam name="TModule">The type of the module.</typeparam>
/// <remarks>
/// In a round that keeps one half of adapters, the trainer clears <c>requires_grad</c> of that half while the loop runs. Every client needs a module of its own, because what stays with a client lies in its module. The host saves that part (with the
/// module's <c>save</c>) if it is to survive the process.
/// </remarks>
public sealed class ModuleTrainer<TModule> : ILocalTrainer
    where TModule : Module
{
    // torch.manual_seed seeds the one generator of the process, which trainings at the same time would draw from by turns.
    private static readonly SemaphoreSlim SeededTraining = new(1, 1);

    private readonly TModule _module;
    private readonly ModuleLayout _layout;
    private readonly CorrectedModuleTraining<TModule> _training;
    private readonly bool _corrects;
    private readonly long? _seed;
    private long _sampleCount;
    private int _isTraining;

    /// <summary>Creates the trainer of a client.</summary>
    /// <param name="module">The client's module, which the trainer changes and the caller disposes.</param>
    /// <param name="layout">The layout of the job.</param>
    /// <param name="sampleCount">The number of samples that the client trains with, at least 1.</param>
    /// <param name="training">The client's training loop.</param>
    /// <param name="seed">
    /// A seed, from which <c>torch.manual_seed</c> is called before every training with another number for each round and attempt, or
    /// null to leave the generator alone. With a seed, trainings in one process wait for each other, and results repeat as far as
    /// libtorch is deterministic: on the same machine, with the same number of threads, and without code that draws from the generator
    /// meanwhile.
    /// </param>
    /// <exception cref="ModuleException">The module does not fit the layout.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The number of samples is below 1.</exception>
    public ModuleTrainer(TModule module, ModuleLayout layout, long sampleCount, ModuleTraining<TModule> training, long? seed = null)
        : this(module, layout, sampleCount, WithoutCorrections(training), corrects: false, seed)
    {
    }

    /// <summary>Creates the trainer of a client whose loop corrects its gradients where the job has control terms (SCAFFOLD).</summary>
    /// <inheritdoc cref="ModuleTrainer{TModule}(TModule, ModuleLayout, long, ModuleTraining{TModule}, long?)"/>
    public ModuleTrainer(TModule module, ModuleLayout layout, long sampleCount, CorrectedModuleTraining<TModule> training, long? seed = null)
        : this(module, layout, sampleCount, training, corrects: true, seed)
    {
    }

    private ModuleTrainer(TModule module, ModuleLayout layout, long sampleCount, CorrectedModuleTraining<TModule> training, bool corrects, long? seed)
    {
        ArgumentNullException.ThrowIfNull(module);
        ArgumentNullException.ThrowIfNull(layout);
        ArgumentNullException.ThrowIfNull(training);
        ModuleBinding.Of(module, layout);
        _module = module;
        _layout = layout;
        _training = training;
        _corrects = corrects;
        _seed = seed;
        SampleCount = sampleCount;
    }

    /// <summary>
    /// The number of samples that the client trains with, at least 1, which is its weight. A change counts from the client's next
    /// announcement on.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is below 1.</exception>
    public long SampleCount
    {
        get => _sampleCount;
        set
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 1);
            _sampleCount = value;
        }
    }

    /// <inheritdoc/>
    /// <exception cref="HeMismatchException">The global model has another layout.</exception>
    /// <exception cref="ModuleException">The module does not fit the layout.</exception>
    /// <exception cref="ModelValueException">The training ended in a value that is NaN or infinite.</exception>
    /// <exception cref="CorrectionMissingException">The job follows SCAFFOLD, and the training loop takes no <see cref="CorrectedSteps"/>, so that nothing was trained, or corrected no step.</exception>
    /// <exception cref="InvalidOperationException">Another training of this trainer is running.</exception>
    /// <exception cref="OperationCanceledException">The training was canceled.</exception>
    public async Task<LocalTrainingResult> TrainAsync(
        ModelParameters globalModel, TrainingTask task, IProgress<double>? progress, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(globalModel);
        ArgumentNullException.ThrowIfNull(task);
        if (task.Correction is not null && !_corrects)
        {
            throw Throw.LoopDoesNotCorrect();
        }

        if (Interlocked.Exchange(ref _isTraining, 1) != 0)
        {
            throw Throw.TrainsAlready();
        }

        try
        {
            // Dispose scopes belong to a thread, so the whole training stays on one.
            return _seed is long seed
                ? await TrainSeededAsync(globalModel, task, progress, seed, cancellationToken).ConfigureAwait(false)
                : await Task.Run(() => Train(globalModel, task, progress, cancellationToken), cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            Volatile.Write(ref _isTraining, 0);
        }
    }

    private async Task<LocalTrainingResult> TrainSeededAsync(
        ModelParameters globalModel, TrainingTask task, IProgress<double>? progress, long seed, CancellationToken cancellationToken)
    {
        await SeededTraining.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            return await Task.Run(
                () =>
                {
                    using Generator generator = manual_seed(TrainingSeed.Of(seed, task));
                    return Train(globalModel, task, progress, cancellationToken);
                },
                cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            SeededTraining.Release();
        }
    }

    private static CorrectedModuleTraining<TModule> WithoutCorrections(ModuleTraining<TModule> training)
    {
        ArgumentNullException.ThrowIfNull(training);
        return (module, task, _, progress, cancellationToken) => training(module, task, progress, cancellationToken);
    }

    private LocalTrainingResult Train(
        ModelParameters globalModel, TrainingTask task, IProgress<double>? progress, CancellationToken cancellationToken)
    {
        using DisposeScope scope = NewDisposeScope();
        using var before = new ModuleSnapshot(_module);
        using var mode = ModuleMode.Training(_module);
        try
        {
            _layout.Load(globalModel, _module);
            _module.zero_grad();
            using var frozen = FrozenHalf.Of(_module, _layout.Layout, task.Moving);
            CorrectedSteps steps = CorrectedSteps.Of(_module, _layout, task.Correction);
            using (set_grad_enabled(true))
            {
                _training(_module, task, steps, progress ?? NoProgress.Instance, cancellationToken);
            }

            steps.End();
            cancellationToken.ThrowIfCancellationRequested();
            if (task.Correction is not null && steps.TotalStep == 0)
            {
                throw Throw.LoopCorrectedNoStep();
            }

            ModelParameters trained = _layout.Read(_module);
            before.CheckBuffersFinite();
            return new LocalTrainingResult(trained) { TotalStep = task.Correction is null ? null : steps.TotalStep };
        }
        catch
        {
            before.Restore(_module);
            throw;
        }
    }
}
