using System.Buffers;
using FedHe.Crypto.Errors;
using FedHe.Crypto.Serialization;
using FedHe.MLBridge.Buffers;

namespace FedHe.MLBridge.Segments;

/// <summary>
/// Clear integers are the fixed-point integers of the values in clear, with 4 bytes each in an update and 8 in a sum.
/// They are held in memory or as encoded bytes.
/// </summary>
internal abstract class ClearIntegers(long count) : IDisposable
{
    /// <summary>
    /// The number of integers that are processed at a time, chosen so that they stay in the first-level cache between
    /// passes.
    /// </summary>
    public const int BlockLength = 1 << 11;

    public long Count => count;

    /// <summary>Copies integers from an index on; all of them are known to be in range.</summary>
    /// <exception cref="HeFormatException">The bytes have changed since they were checked.</exception>
    public abstract void CopyTo(long first, Span<long> destination);

    /// <summary>Passes all integers to an action, one block at a time.</summary>
    public void ForEachBlock<TState>(TState state, Action<long, ReadOnlySpan<long>, TState> action)
    {
        long[] block = ArrayPool<long>.Shared.Rent(BlockLength);
        long first = 0;
        while (first < count)
        {
            Span<long> integers = block.AsSpan(0, (int)Math.Min(BlockLength, count - first));
            CopyTo(first, integers);
            action(first, integers, state);
            first += integers.Length;
        }

        ArrayPool<long>.Shared.Return(block);
    }

    /// <summary>Writes all integers to a destination.</summary>
    /// <param name="size">The size of an integer in bytes, 4 or 8.</param>
    /// <param name="destination">Receives the encoded integers.</param>
    public void WriteTo(int size, IBufferWriter<byte> destination)
        => ForEachBlock((size, destination), static (_, integers, to) => Write(integers, to.size, to.destination));

    /// <summary>Writes the given integers to a destination.</summary>
    public static void Write(ReadOnlySpan<long> integers, int size, IBufferWriter<byte> destination)
    {
        int length = size * integers.Length;
        WireIntegers.Write(integers, size, destination.GetSpan(length)[..length]);
        destination.Advance(length);
    }

    /// <summary>
    /// Parses integers of magnitude at most <paramref name="maxAbs"/> that begin at an offset of the source.
    /// </summary>
    public static ClearIntegers? TryRead(ByteSource source, long start, long count, int size, long maxAbs, out FormatError reason)
    {
        reason = count <= (source.Length - start) / size ? FormatError.None : FormatError.Truncated;
        if (reason != FormatError.None)
        {
            return null;
        }

        var integers = new Encoded(source, start, count, size, maxAbs);
        reason = integers.AreInRange() ? FormatError.None : FormatError.FieldOutOfRange;
        return reason == FormatError.None ? integers : null;
    }

    /// <summary>Wraps the encoded integers of an update that was made here, so that they need no check.</summary>
    public static ClearIntegers OfUpdate(ReadOnlyMemory<byte> bytes)
        => new Encoded(ByteSource.Of(bytes), start: 0, bytes.Length / sizeof(int), sizeof(int), ClearPart.One);

    /// <summary>Releases the memory that the integers hold.</summary>
    public abstract void Dispose();

    private sealed class Encoded(ByteSource source, long start, long count, int size, long maxAbs) : ClearIntegers(count)
    {
        public bool AreInRange()
        {
            long[] block = ArrayPool<long>.Shared.Rent(BlockLength);
            bool inRange = true;
            long first = 0;
            while (inRange && first < Count)
            {
                int length = (int)Math.Min(BlockLength, Count - first);
                inRange = TryCopy(first, block.AsSpan(0, length));
                first += length;
            }

            ArrayPool<long>.Shared.Return(block);
            return inRange;
        }

        public override void CopyTo(long first, Span<long> destination)
        {
            if (!TryCopy(first, destination))
            {
                throw new HeFormatException(FormatError.FieldOutOfRange, "clear part");
            }
        }

        public override void Dispose()
        {
            // The source belongs to the caller.
        }

        private bool TryCopy(long first, Span<long> destination)
        {
            using ByteLease bytes = source.Read(start + (first * size), destination.Length * size);
            WireIntegers.Read(bytes.Span, size, destination);
            return ClearPart.AreWithin(destination, maxAbs);
        }
    }
}
