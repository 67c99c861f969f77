using FedHe.TorchSharp.Errors;
using FedHe.TorchSharp.State;
using TorchSharp;
using static TorchSharp.torch;
using Module = TorchSharp.torch.nn.Module;

namespace FedHe.TorchSharp.Gradients;

/// <summary>
/// Module gradients are gradients of a module in the order of the flat vector of its layout: what a server sees of a client, and what an
/// audit of selective encryption attacks.
/// </summary>
/// <remarks>
/// Entries that do not require gradients (frozen parameters and buffers that travel) have zeros. Weights that are tied have the sum over
/// all their uses. Values are converted to single precision and not checked: a loss that diverged has NaN.
/// </remarks>
public static class ModuleGradients
{
    /// <summary>Computes the gradient of a loss, and leaves the accumulated gradients of the module alone.</summary>
    /// <param name="module">A module of the structure that the layout was made of.</param>
    /// <param name="layout">The layout.</param>
    /// <param name="loss">
    /// A tensor of one element, computed with the module while gradients were enabled. Its graph is used up.
    /// </param>
    /// <returns>As many values as the flat vector has.</returns>
    /// <exception cref="ArgumentException">The loss has more than one element.</exception>
    /// <exception cref="ModuleException">The module does not fit the layout.</exception>
    public static float[] Of(Module module, ModuleLayout layout, Tensor loss)
    {
        ArgumentNullException.ThrowIfNull(module);
        ArgumentNullException.ThrowIfNull(layout);
        ArgumentNullException.ThrowIfNull(loss);
        if (loss.NumberOfElements != 1)
        {
            throw Throw.LossNotScalar(nameof(loss));
        }

        var flat = new float[layout.Layout.ToArrayLength()];
        using DisposeScope scope = NewDisposeScope();
        FlatGradients.Compute(loss, ModuleBinding.Of(module, layout), flat);
        return flat;
    }

    /// <summary>Reads the gradients that <c>backward</c> has accumulated in the parameters; zeros where it has not been called.</summary>
    /// <param name="module">A module of the structure that the layout was made of.</param>
    /// <param name="layout">The layout.</param>
    /// <returns>As many values as the flat vector has.</returns>
    /// <exception cref="ModuleException">The module does not fit the layout.</exception>
    public static float[] Accumulated(Module module, ModuleLayout layout)
    {
        ArgumentNullException.ThrowIfNull(module);
        ArgumentNullException.ThrowIfNull(layout);
        var flat = new float[layout.Layout.ToArrayLength()];
        using DisposeScope scope = NewDisposeScope();
        FlatGradients.Write(ModuleBinding.Of(module, layout), tensor => tensor.grad, flat);
        return flat;
    }
}
