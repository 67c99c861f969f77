using System.Collections.Immutable;

namespace FedHe.Safetensors.Headers;

/// <summary>An entry of a header says what one tensor is and where its data lies.</summary>
/// <param name="Name">The name of the tensor, unique in its file.</param>
/// <param name="Dtype">The type of the elements.</param>
/// <param name="Shape">The lengths of the dimensions, each 0 or more; empty for a scalar.</param>
/// <param name="Begin">The position of the first byte, counted from the end of the header.</param>
/// <param name="Length">The length of the data, in bytes.</param>
public sealed record SafetensorsEntry(string Name, SafetensorsDtype Dtype, ImmutableArray<long> Shape, long Begin, long Length)
{
    /// <summary>The number of elements; 1 for a scalar, and 0 where a dimension has the length 0.</summary>
    public long ElementCount => Shape.Aggregate(1L, (count, length) => count * length);

    /// <summary>
    /// Computes the length of a tensor's data in bytes, or returns null where the elements do not fill whole bytes, and throws
    /// <see cref="OverflowException"/> where 63 bits cannot count them.
    /// </summary>
    internal static long? LengthOf(SafetensorsDtype dtype, ReadOnlySpan<long> shape)
    {
        // A dimension of length 0 makes every other one harmless, but not for a writer that multiplies in another order.
        long count = 1;
        bool isEmpty = false;
        foreach (long length in shape)
        {
            isEmpty |= length == 0;
            count = checked(count * Math.Max(1, length));
        }

        long bits = checked(count * dtype.BitsPerElement());
        return isEmpty ? 0 : bits % 8 == 0 ? bits / 8 : null;
    }
}
