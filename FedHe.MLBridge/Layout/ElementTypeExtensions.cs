namespace FedHe.MLBridge.Layout;

/// <summary>Extension methods that give properties of element types.</summary>
public static class ElementTypeExtensions
{
    /// <summary>
    /// Returns whether tensors of this type are averaged unless they are local, which are the floating types. All others are buffers,
    /// which stay with their client.
    /// </summary>
    public static bool IsAggregated(this ElementType type)
        => type is ElementType.Float32 or ElementType.Float64 or ElementType.Float16 or ElementType.BFloat16;

    /// <summary>
    /// Returns whether the .NET type <typeparamref name="T"/> holds elements of this type. No .NET type holds bfloat16
    /// yet.
    /// </summary>
    internal static bool IsHeldBy<T>(this ElementType type)
        where T : unmanaged
        => type switch
        {
            ElementType.Float32 => typeof(T) == typeof(float),
            ElementType.Float64 => typeof(T) == typeof(double),
            ElementType.Float16 => typeof(T) == typeof(Half),
            ElementType.Int64 => typeof(T) == typeof(long),
            ElementType.Int32 => typeof(T) == typeof(int),
            ElementType.UInt8 => typeof(T) == typeof(byte),
            ElementType.Boolean => typeof(T) == typeof(bool),
            _ => false,
        };
}
