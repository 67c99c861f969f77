using System.Globalization;
using FedHe.Crypto.Random;
using FedHe.MLBridge.Selection;

namespace FedHe.MLBridge.Policies;

internal sealed record RandomRatio(double Ratio, ulong Seed) : MaskPolicy
{
    public override bool NeedsSensitivity => false;

    internal override string Text => string.Create(CultureInfo.InvariantCulture, $"random({Ratio}, {Seed})");

    internal override void AddTo(PositionSet selected, SelectionContext context)
    {
        long count = context.Layout.ParameterCount;
        TopSelection.Select(
            new RandomRanking(Seed), [new MaskRange(0, count)], SelectionContext.Share(Ratio, count), among: null, selected);
    }
}
