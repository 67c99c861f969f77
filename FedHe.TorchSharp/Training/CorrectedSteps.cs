using FedHe.MLBridge.Controls;
using FedHe.TorchSharp.Errors;
using FedHe.TorchSharp.State;
using TorchSharp;
using static TorchSharp.torch;
using Module = TorchSharp.torch.nn.Module;

namespace FedHe.TorchSharp.Training;

/// <summary>
/// Corrected steps add the correction of SCAFFOLD to the gradients of a module, step by step, and count how far the steps go. In jobs without control terms they change nothing, so that one loop serves every job.
/// </summary>
/// <remarks>
/// Source: Karimireddy and others, "SCAFFOLD: Stochastic controlled averaging for federated learning", ICML 2020, algorithm 1: y = y - eta (g(y) - c_i + c). They are for the thread of the
/// training loop, and end with it.
/// </remarks>
public sealed class CorrectedSteps
{
    private readonly IReadOnlyList<(Tensor Parameter, Tensor Correction)> _corrections;
    private bool _hasEnded;

    private CorrectedSteps(IReadOnlyList<(Tensor Parameter, Tensor Correction)> corrections) => _corrections = corrections;

    /// <summary>The sum of the step sizes so far.</summary>
    public double TotalStep { get; private set; }

    /// <summary>
    /// Adds the correction to the accumulated gradients. Call it once for every step, behind <c>backward</c> and everything else that changes gradients, such as clipping, and before the step of an optimizer that
    /// moves by the step size times the gradient alone: plain SGD, without momentum.
    /// </summary>
    /// <param name="stepSize">The size of the step, positive and finite: the optimizer's learning rate.</param>
    /// <exception cref="ArgumentOutOfRangeException">The step size is not positive and finite.</exception>
    /// <exception cref="InvalidOperationException">The training loop has ended.</exception>
    public void Correct(double stepSize)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(stepSize);
        if (!double.IsFinite(stepSize))
        {
            throw new ArgumentOutOfRangeException(nameof(stepSize), "The size of a step must be finite.");
        }

        if (_hasEnded)
        {
            throw Throw.LoopHasEnded();
        }

        using DisposeScope scope = NewDisposeScope();
        using (no_grad())
        {
            foreach ((Tensor parameter, Tensor correction) in _corrections)
            {
                Add(parameter, correction);
            }
        }

        TotalStep += stepSize;
    }

    /// <summary>Prepares the steps of a training.</summary>
    /// <param name="module">The module, with the global model loaded.</param>
    /// <param name="layout">The layout of the job.</param>
    /// <param name="correction">The correction of the round, or null in jobs without control terms.</param>
    internal static CorrectedSteps Of(Module module, ModuleLayout layout, GradientCorrection? correction)
    {
        var corrections = new List<(Tensor, Tensor)>();
        if (correction is not null)
        {
            // Of tensors on one memory each is stepped by itself, so one of them is corrected.
            foreach (BoundEntry entry in ModuleBinding.Of(module, layout))
            {
                if (entry.Tensors.FirstOrDefault(tensor => tensor.requires_grad) is Tensor parameter)
                {
                    float[] values = correction.Of(entry.Specification.Name).ToArray();
                    corrections.Add((parameter, tensor(values, parameter.shape, parameter.dtype, parameter.device)));
                }
            }
        }

        return new CorrectedSteps(corrections);
    }

    /// <summary>Ends the steps with their loop.</summary>
    internal void End() => _hasEnded = true;

    private static void Add(Tensor parameter, Tensor correction)
    {
        // A loss that does not depend on a parameter leaves no gradient, which is zero; an embedding may leave a sparse one.
        Tensor? gradient = parameter.grad;
        if (gradient is null || gradient.is_sparse)
        {
            parameter.grad = gradient is null ? correction.clone().MoveToOuterDisposeScope() : (gradient.to_dense() + correction).MoveToOuterDisposeScope();
        }
        else
        {
            gradient.add_(correction);
        }
    }
}
