using System.Globalization;
using FedHe.Crypto.Kernels.MultiPrecision;
using FedHe.MLBridge.Selection;

namespace FedHe.MLBridge.Policies;

/// <summary>
/// A policy that selects, in each layer, at most a share of another policy's selection: the most sensitive part of it.
/// </summary>
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
            long cap = SelectionContext.Share(Ratio, MaskRanges.Count(layer));
            long count = Math.Min(cap, layer.Sum(candidates.CountIn));
            TopSelection.Select(context.Ranking, layer, count, candidates, selected);
        }
    }
}
