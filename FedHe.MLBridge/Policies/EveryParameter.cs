using FedHe.MLBridge.Selection;

namespace FedHe.MLBridge.Policies;

internal sealed record EveryParameter : MaskPolicy
{
    public override bool NeedsSensitivity => false;

    internal override string Text => "all";

    internal override void AddTo(PositionSet selected, SelectionContext context)
        => selected.Add(new MaskRange(0, context.Layout.ParameterCount));
}
