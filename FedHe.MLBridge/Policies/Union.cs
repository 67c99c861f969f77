using FedHe.MLBridge.Selection;

namespace FedHe.MLBridge.Policies;

/// <summary>A policy that selects what either of two policies selects.</summary>
internal sealed record Union : MaskPolicy
{
    public Union(MaskPolicy left, MaskPolicy right)
    {
        ArgumentNullException.ThrowIfNull(left);
        ArgumentNullException.ThrowIfNull(right);
        Left = left;
        Right = right;
    }

    public MaskPolicy Left { get; }

    public MaskPolicy Right { get; }

    public override bool NeedsSensitivity => Left.NeedsSensitivity || Right.NeedsSensitivity;

    internal override string Text => $"{Left} | {Right}";

    internal override void AddTo(PositionSet selected, SelectionContext context)
    {
        Left.AddTo(selected, context);
        Right.AddTo(selected, context);
    }
}
