using FedHe.MLBridge.Layout;
using FedHe.MLBridge.Selection;

namespace FedHe.MLBridge.Policies;

/// <summary>
/// A policy that selects whole tensors of a kind. A model without such tensors is not an error, because one recipe
/// serves many models.
/// </summary>
internal sealed record TensorChoice(TensorKind Kind) : MaskPolicy
{
    public override bool NeedsSensitivity => false;

    internal override string Text => Kind switch
    {
        TensorKind.FirstLayer => "first",
        TensorKind.LastLayer => "last",
        TensorKind.Biases => "biases",
        _ => "normalization",
    };

    internal override void AddTo(PositionSet selected, SelectionContext context)
    {
        string first = context.Tensors[0].Tensor.Layer;
        string last = context.Tensors[^1].Tensor.Layer;
        foreach ((TensorSpec tensor, MaskRange range) in context.Tensors)
        {
            bool isChosen = Kind switch
            {
                TensorKind.FirstLayer => tensor.Layer == first,
                TensorKind.LastLayer => tensor.Layer == last,
                TensorKind.Biases => IsBias(tensor.Name),
                _ => tensor.Layer.Split('.').Any(IsNormalization),
            };
            if (isChosen)
            {
                selected.Add(range);
            }
        }
    }

    private static bool IsBias(string name) => name == "bias" || name.EndsWith(".bias", StringComparison.Ordinal);

    private static bool IsNormalization(string part)
    {
        string trimmed = part.TrimEnd('0', '1', '2', '3', '4', '5', '6', '7', '8', '9').TrimEnd('_');
        return part.Contains("norm", StringComparison.OrdinalIgnoreCase)
            || trimmed.Equals("bn", StringComparison.OrdinalIgnoreCase)
            || trimmed.Equals("ln", StringComparison.OrdinalIgnoreCase);
    }
}
