namespace FedHe.MLBridge.Layout;

/// <summary>Shapes as <c>System.Numerics.Tensors</c> writes them: native integers, and no scalars.</summary>
internal static class TensorShape
{
    public static nint[] LengthsOf(TensorSpec tensor)
        => tensor.Shape.IsEmpty ? [1] : [.. tensor.Shape.Select(length => (nint)length)];

    public static bool Matches(TensorSpec tensor, ReadOnlySpan<nint> lengths)
        => lengths.SequenceEqual(LengthsOf(tensor)) || (lengths.IsEmpty && tensor.Shape.IsEmpty);
}
