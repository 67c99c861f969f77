using System.Globalization;
using FedHe.MLBridge.Selection;

namespace FedHe.MLBridge.Policies;

internal sealed record TopRatio(double Ratio) : MaskPolicy
{
    public override bool NeedsSensitivity => true;

    internal override string Text => string.Create(CultureInfo.InvariantCulture, $"top({Ratio})");

    internal override void AddTo(PositionSet selected, SelectionContext context)
    {
        long count = context.Layout.ParameterCount;
        TopSelection.Select(
            context.Ranking, [new MaskRange(0, count)], SelectionContext.Share(Ratio, count), among: null, selected);
    }
}
