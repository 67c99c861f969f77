using FedHe.MLBridge.Layout;
using FedHe.MLBridge.Sensitivity;
using FedHe.TorchSharp.Errors;
using FedHe.TorchSharp.Gradients;
using FedHe.TorchSharp.State;
using TorchSharp;
using static TorchSharp.torch;
using Module = TorchSharp.torch.nn.Module;

namespace FedHe.TorchSharp.Sensitivity;

/// <summary>
/// Module label gradients are what a <see cref="SensitivityEstimator"/> needs of a TorchSharp module and its samples: one forward and one
/// backward pass of autograd for each gradient, sample by sample.
/// </summary>
/// <remarks>
/// The module computes in evaluation mode, and has its own mode back afterwards: dropout is off, and BatchNorm uses its running
/// statistics, which a single sample has not. Floating buffers that travel have no gradient, but statistics of the data: each counts as
/// much as the most sensitive parameter, so that a mask encrypts them first. An instance is not thread-safe.
/// </remarks>
public sealed class ModuleLabelGradients : ILabelGradients
{
    private readonly Module _module;
    private readonly ModuleLayout _layout;
    private readonly Func<Tensor, Tensor> _forward;
    private readonly Tensor _samples;
    private readonly int[] _labels;
    private readonly SampleLoss _loss;

    /// <summary>Creates the gradients of a module and its samples.</summary>
    /// <param name="module">The module as it is; it must not change meanwhile.</param>
    /// <param name="layout">The layout of the job.</param>
    /// <param name="samples">[samples, ...sample shape], on the device of the module; the caller disposes it afterwards.</param>
    /// <param name="labels">The class of each sample; where there is only one output, any numbers.</param>
    /// <param name="classCount">The number of outputs of the module, at least 1.</param>
    /// <param name="loss">The loss.</param>
    /// <exception cref="ArgumentException">There is no sample, a label is no class, or a number is out of range.</exception>
    /// <exception cref="ModuleException">The module does not fit the layout.</exception>
    public ModuleLabelGradients(
        nn.Module<Tensor, Tensor> module,
        ModuleLayout layout,
        Tensor samples,
        ReadOnlySpan<int> labels,
        int classCount,
        SampleLoss loss = SampleLoss.CrossEntropy)
        : this(module, module is null ? throw new ArgumentNullException(nameof(module)) : module.call, layout, samples, labels, classCount, loss)
    {
    }

    /// <summary>Creates the gradients of a module that takes more than a tensor, or returns more.</summary>
    /// <param name="module">The module as it is; it must not change meanwhile.</param>
    /// <param name="forward">Computes outputs [1, outputs] of a batch [1, ...sample shape] with the module.</param>
    /// <param name="layout">The layout of the job.</param>
    /// <param name="samples">[samples, ...sample shape], on the device of the module; the caller disposes it afterwards.</param>
    /// <param name="labels">The class of each sample; where there is only one output, any numbers.</param>
    /// <param name="classCount">The number of outputs of the module, at least 1.</param>
    /// <param name="loss">The loss.</param>
    /// <exception cref="ArgumentException">There is no sample, a label is no class, or a number is out of range.</exception>
    /// <exception cref="ModuleException">The module does not fit the layout.</exception>
    public ModuleLabelGradients(
        Module module,
        Func<Tensor, Tensor> forward,
        ModuleLayout layout,
        Tensor samples,
        ReadOnlySpan<int> labels,
        int classCount,
        SampleLoss loss = SampleLoss.CrossEntropy)
    {
        ArgumentNullException.ThrowIfNull(module);
        ArgumentNullException.ThrowIfNull(forward);
        ArgumentNullException.ThrowIfNull(layout);
        ArgumentNullException.ThrowIfNull(samples);
        ArgumentOutOfRangeException.ThrowIfLessThan(classCount, 1);
        if (!Enum.IsDefined(loss))
        {
            throw Throw.UndefinedChoice(nameof(loss));
        }

        if (samples.dim() < 1 || labels.Length == 0 || samples.shape[0] != labels.Length)
        {
            throw Throw.NoSamples(nameof(samples));
        }

        if (classCount > 1 && labels.ContainsAnyExceptInRange(0, classCount - 1))
        {
            throw Throw.LabelOutOfRange(nameof(labels));
        }

        ModuleBinding.Of(module, layout);
        _module = module;
        _forward = forward;
        _layout = layout;
        _samples = samples;
        _labels = labels.ToArray();
        _loss = loss;
        ClassCount = classCount;
    }

    /// <inheritdoc/>
    public ModelLayout Layout => _layout.Layout;

    /// <inheritdoc/>
    public int SampleCount => _labels.Length;

    /// <inheritdoc/>
    public int ClassCount { get; }

    /// <inheritdoc/>
    public int LabelOf(int sample) => ClassCount == 1 ? 0 : _labels[sample];

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">A span has a wrong length, or the module returns other outputs than [1, outputs].</exception>
    /// <exception cref="ModuleException">The module no longer fits the layout.</exception>
    public void Gradient(int sample, ReadOnlySpan<float> direction, Span<float> destination)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(sample);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(sample, SampleCount);
        CheckLength(direction.Length, ClassCount, nameof(direction));
        CheckLength(destination.Length, Layout.ToArrayLength(), nameof(destination));
        using DisposeScope scope = NewDisposeScope();
        using var mode = ModuleMode.Evaluation(_module);
        using IDisposable withGradients = set_grad_enabled(true);
        Tensor outputs = _forward(_samples.narrow(0, sample, 1));
        if (!outputs.shape.AsSpan().SequenceEqual([1L, ClassCount]))
        {
            throw Throw.WrongLogits(ClassCount);
        }

        Tensor directions = tensor(direction.ToArray(), dtype: outputs.dtype, device: outputs.device).unsqueeze(0);
        IReadOnlyList<BoundEntry> entries = ModuleBinding.Of(_module, _layout);
        FlatGradients.Compute(Moved(outputs, directions), entries, destination);
        RankBuffersFirst(entries, destination);
    }

    /// <summary>
    /// Computes what the loss's gradient changes by in a direction v of the label: -sum v log softmax(z) for cross-entropy, -sum v z for
    /// binary cross-entropy and, times 2/C, for the mean squared error.
    /// </summary>
    private Tensor Moved(Tensor outputs, Tensor direction)
    {
        // With one output, cross-entropy is the binary one.
        bool isSoftmax = _loss == SampleLoss.CrossEntropy && ClassCount > 1;
        Tensor moved = (direction * (isSoftmax ? nn.functional.log_softmax(outputs, 1) : outputs)).sum();
        return moved * (_loss == SampleLoss.MeanSquaredError ? -2.0 / ClassCount : -1.0);
    }

    private static void RankBuffersFirst(IReadOnlyList<BoundEntry> entries, Span<float> flat)
    {
        if (entries.All(entry => ModuleTensors.IsParameter(entry.Tensor)))
        {
            return;
        }

        float largest = 0;
        foreach (float value in flat)
        {
            largest = MathF.Max(largest, MathF.Abs(value));
        }

        foreach (BoundEntry entry in entries)
        {
            if (!ModuleTensors.IsParameter(entry.Tensor))
            {
                flat[..entry.Specification.ToArrayLength()].Fill(largest);
            }

            flat = flat[entry.Specification.ToArrayLength()..];
        }
    }

    private static void CheckLength(int actual, int expected, string parameter)
    {
        if (actual != expected)
        {
            throw Throw.WrongLength(expected, parameter);
        }
    }
}
