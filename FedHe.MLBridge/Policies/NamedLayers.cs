using System.Collections.Immutable;
using FedHe.MLBridge.Errors;
using FedHe.MLBridge.Selection;

namespace FedHe.MLBridge.Policies;

/// <summary>A policy that selects whole tensors or layers by name.</summary>
internal sealed record NamedLayers : MaskPolicy
{
    public NamedLayers(ReadOnlySpan<string> names)
    {
        Names = [.. names];
        if (Names.IsEmpty || Names.Any(name => !MaskPolicyParser.IsName(name)))
        {
            throw Throw.NotALayerName(nameof(names));
        }
    }

    public ImmutableArray<string> Names { get; }

    public override bool NeedsSensitivity => false;

    internal override string Text => $"layers({string.Join(", ", Names)})";

    public bool Equals(NamedLayers? other) => other is not null && Text == other.Text;

    public override int GetHashCode() => Text.GetHashCode(StringComparison.Ordinal);

    internal override void AddTo(PositionSet selected, SelectionContext context)
        => EncryptionMask.AddLayers(selected, context.Layout, Names.AsSpan(), nameof(Names));
}
