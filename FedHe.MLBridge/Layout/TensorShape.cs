namespace FedHe.MLBridge.Layout;

/// <summary>
/// Conversions of shapes to the form that <c>System.Numerics.Tensors</c> uses, with native integers and without
/// scalars.
/// </summary>
internal static class TensorShape
{
    public static nint[] LengthsOf(TensorSpec tensor)
        => tensor.Shape.IsEmpty ? [1] : [.. tensor.Shape.Select(length => (nint)length)];

    public static bool Matches(TensorSpec tensor, ReadOnlySpan<nint> lengths)
        => lengths.SequenceEqual(LengthsOf(tensor)) || (lengths.IsEmpty && tensor.Shape.IsEmpty);
}
