using FedHe.MLBridge.Layout;
using static TorchSharp.torch;

namespace FedHe.TorchSharp.State;

/// <summary>A bound entry is an entry of a layout with its tensors in a module.</summary>
/// <param name="Specification">The entry of the layout.</param>
/// <param name="Tensors">
/// The tensor of the entry and the other tensors on the same memory; more than one only where weights are tied by memory instead of by
/// registering one parameter twice.
/// </param>
internal sealed record BoundEntry(TensorSpec Specification, IReadOnlyList<Tensor> Tensors)
{
    /// <summary>The tensor that stands for all of them.</summary>
    public Tensor Tensor => Tensors[0];
}
