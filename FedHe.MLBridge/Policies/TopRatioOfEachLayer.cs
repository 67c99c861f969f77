using System.Globalization;
using FedHe.MLBridge.Selection;

namespace FedHe.MLBridge.Policies;

internal sealed record TopRatioOfEachLayer(double Ratio) : MaskPolicy
{
    public override bool NeedsSensitivity => true;

    internal override string Text => string.Create(CultureInfo.InvariantCulture, $"top-of-each-layer({Ratio})");

    internal override void AddTo(PositionSet selected, SelectionContext context)
    {
        foreach (MaskRange[] layer in context.Layers)
        {
            TopSelection.Select(
                context.Ranking, layer, SelectionContext.Share(Ratio, MaskRanges.Count(layer)), among: null, selected);
        }
    }
}
