using FedHe.Crypto.Kernels.BitPacking;

namespace FedHe.Crypto.Serialization;

/// <summary>This class reads and writes many signed little-endian integers of one size at once.</summary>
public static class WireIntegers
{
    /// <summary>Reads as many integers as the destination holds.</summary>
    /// <param name="source">The bytes of exactly these integers.</param>
    /// <param name="size">4 or 8 bytes each.</param>
    /// <param name="destination">Receives the integers.</param>
    /// <exception cref="ArgumentException">The number of bytes is wrong, or the size is neither 4 nor 8.</exception>
    public static void Read(ReadOnlySpan<byte> source, int size, Span<long> destination)
    {
        CheckLengths(source.Length, size, destination.Length);
        if (size == sizeof(int))
        {
            IntegerBytes.ReadInt32s(source, destination);
        }
        else
        {
            IntegerBytes.ReadInt64s(source, destination);
        }
    }

    /// <summary>Writes all integers of the source.</summary>
    /// <param name="source">The integers; with 4 bytes each, their low halves are written.</param>
    /// <param name="size">4 or 8 bytes each.</param>
    /// <param name="destination">Receives the bytes, and has room for exactly these integers.</param>
    /// <exception cref="ArgumentException">The room is wrong, or the size is neither 4 nor 8.</exception>
    public static void Write(ReadOnlySpan<long> source, int size, Span<byte> destination)
    {
        CheckLengths(destination.Length, size, source.Length);
        if (size == sizeof(int))
        {
            IntegerBytes.WriteInt32s(source, destination);
        }
        else
        {
            IntegerBytes.WriteInt64s(source, destination);
        }
    }

    private static void CheckLengths(int bytes, int size, int count)
    {
        if (size is not (sizeof(int) or sizeof(long)) || bytes != (long)size * count)
        {
            throw new ArgumentException("Integers have 4 or 8 bytes each, and neither more nor fewer than their bytes are needed.");
        }
    }
}
