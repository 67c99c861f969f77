using FedHe.MLBridge.Errors;
using FedHe.MLBridge.Layout;
using FedHe.MLBridge.Selection;
using FedHe.MLBridge.Sensitivity;

namespace FedHe.MLBridge.Policies;

/// <summary>
/// A selection context is the model that a policy is applied to, with its sensitivity if it is known.
/// </summary>
internal sealed class SelectionContext(ModelLayout layout, GlobalSensitivity? sensitivity)
{
    public ModelLayout Layout { get; } = layout;

    /// <summary>The floating tensors of the model with their ranges in the flat vector, in order.</summary>
    public (TensorSpec Tensor, MaskRange Range)[] Tensors { get; } =
        [.. Enumerable.Range(0, layout.Tensors.Length)
            .Where(i => layout.Tensors[i].IsAggregated)
            .Select(i => (layout.Tensors[i], new MaskRange(layout.OffsetOf(i), layout.Tensors[i].ElementCount)))];

    /// <summary>The ranges of each layer's tensors in the flat vector.</summary>
    public IEnumerable<MaskRange[]> Layers
        => Tensors.GroupBy(place => place.Tensor.Layer, StringComparer.Ordinal)
            .Select(layer => layer.Select(place => place.Range).ToArray());

    /// <summary>The ranking of positions by sensitivity; it throws when the sensitivity is not known.</summary>
    public SensitivityRanking Ranking => new(sensitivity ?? throw Throw.PolicyNeedsSensitivity());

    /// <summary>Computes the share ceil(ratio * count), at most the count.</summary>
    public static long Share(double ratio, long count) => (long)Math.Min(count, Math.Ceiling(ratio * count));
}
