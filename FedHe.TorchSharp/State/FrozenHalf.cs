using FedHe.MLBridge.Adapters;
using FedHe.MLBridge.Layout;
using TorchSharp.Modules;
using Module = TorchSharp.torch.nn.Module;

namespace FedHe.TorchSharp.State;

/// <summary>
/// A frozen half clears <c>requires_grad</c> of the factors of adapters that a round keeps, so that no optimizer steps them, and sets it again when it is disposed.
/// </summary>
internal sealed class FrozenHalf : IDisposable
{
    private readonly Parameter[] _frozen;

    private FrozenHalf(Parameter[] frozen)
    {
        _frozen = frozen;
        SetGradients(false);
    }

    /// <summary>Freezes the half that does not move, or nothing where all values may.</summary>
    /// <param name="module">The module.</param>
    /// <param name="layout">The layout of what travels.</param>
    /// <param name="moving">The half that moves, or null.</param>
    public static FrozenHalf Of(Module module, ModelLayout layout, AdapterHalf? moving)
    {
        if (moving is null)
        {
            return new FrozenHalf([]);
        }

        HashSet<string> names = [.. AdapterLayout.Of(layout).Pairs.Select(pair => (moving == AdapterHalf.A ? pair.B : pair.A).Name)];
        return new FrozenHalf(
            [.. module.named_parameters().Where(entry => names.Contains(entry.name) && entry.parameter.requires_grad).Select(entry => entry.parameter)]);
    }

    public void Dispose() => SetGradients(true);

    private void SetGradients(bool value)
    {
        foreach (Parameter parameter in _frozen)
        {
            parameter.requires_grad = value;
        }
    }
}
