using System.Globalization;
using FedHe.Crypto.Kernels.MultiPrecision;
using FedHe.MLBridge.Selection;

namespace FedHe.MLBridge.Policies;

/// <summary>Of each layer at most a share of what another policy selects: the most sensitive ones.</summary>
internal sealed record Capped(MaskPolicy Inner, double Ratio) : MaskPolicy
{
    public override bool NeedsSensitivity => true;

    internal override string Text => string.Create(CultureInfo.InvariantCulture, $"cap({Ratio}, {Inner})");

    internal override void AddTo(PositionSet selected, SelectionContext context)
    {
        var candidates = new PositionSet(context.Layout.ParameterCount);
        Inner.AddTo(candidates, context);
        foreach (MaskRange[] layer in context.Layers)
        {
            int cap = SelectionContext.Share(Ratio, MaskRanges.Count(layer));
            int count = Math.Min(cap, layer.Sum(candidates.CountIn));
            TopSelection.Select(context.Ranking, layer, count, candidates, selected);
        }
    }
}
