using System.Buffers;
using FedHe.Crypto.Errors;
using FedHe.Crypto.Kernels.Memory;
using FedHe.Crypto.Serialization;
using FedHe.MLBridge.Buffers;

namespace FedHe.MLBridge.Segments;

/// <summary>The integers of the clear part, of 4 bytes in an update and of 8 in a sum, in memory or as bytes of the caller's.</summary>
internal abstract class ClearIntegers(int count) : IDisposable
{
    /// <summary>How many are handled at a time: as many as passes over them find in the first-level cache.</summary>
    public const int BlockLength = 1 << 11;

    public int Count => count;

    /// <summary>Reads integers, of which all are known to be in range.</summary>
    /// <exception cref="HeFormatException">The bytes are no longer those that were checked.</exception>
    public abstract void CopyTo(int first, Span<long> destination);

    /// <summary>Hands every integer on, a block at a time.</summary>
    public void ForEachBlock<TState>(TState state, Action<int, ReadOnlySpan<long>, TState> action)
    {
        long[] block = ArrayPool<long>.Shared.Rent(BlockLength);
        int first = 0;
        while (first < count)
        {
            Span<long> integers = block.AsSpan(0, Math.Min(BlockLength, count - first));
            CopyTo(first, integers);
            action(first, integers, state);
            first += integers.Length;
        }

        ArrayPool<long>.Shared.Return(block);
    }

    /// <summary>Writes all integers.</summary>
    /// <param name="size">4 or 8 bytes each.</param>
    /// <param name="destination">Receives their bytes.</param>
    public void WriteTo(int size, IBufferWriter<byte> destination)
        => ForEachBlock((size, destination), static (_, integers, to) => Write(integers, to.size, to.destination));

    /// <summary>Writes some integers.</summary>
    public static void Write(ReadOnlySpan<long> integers, int size, IBufferWriter<byte> destination)
    {
        int length = size * integers.Length;
        WireIntegers.Write(integers, size, destination.GetSpan(length)[..length]);
        destination.Advance(length);
    }

    /// <summary>Checks that integers of magnitude at most <paramref name="maxAbs"/> begin at an offset.</summary>
    public static ClearIntegers? TryRead(ByteSource source, long start, int count, int size, long maxAbs, out FormatError reason)
    {
        reason = (long)count * size <= source.Length - start ? FormatError.None : FormatError.Truncated;
        if (reason != FormatError.None)
        {
            return null;
        }

        var integers = new Encoded(source, start, count, size, maxAbs);
        reason = integers.AreInRange() ? FormatError.None : FormatError.FieldOutOfRange;
        return reason == FormatError.None ? integers : null;
    }

    /// <summary>The clear part of an update as bytes of ours.</summary>
    public static ClearIntegers OfUpdate(ReadOnlyMemory<byte> bytes)
        => new Encoded(ByteSource.Of(bytes), start: 0, bytes.Length / sizeof(int), sizeof(int), ClearPart.One);

    /// <summary>Gives back what memory it holds.</summary>
    public abstract void Dispose();

    /// <summary>Sums in memory, which it owns.</summary>
    public sealed class Held(BlockBuffer sums) : ClearIntegers(sums.Span.Length)
    {
        private BlockBuffer? _sums = sums;

        public override void CopyTo(int first, Span<long> destination)
        {
            ObjectDisposedException.ThrowIf(_sums is null, this);
            _sums.Integers.Slice(first, destination.Length).CopyTo(destination);
        }

        public override void Dispose() => Interlocked.Exchange(ref _sums, null)?.Release();
    }

    private sealed class Encoded(ByteSource source, long start, int count, int size, long maxAbs) : ClearIntegers(count)
    {
        public bool AreInRange()
        {
            long[] block = ArrayPool<long>.Shared.Rent(BlockLength);
            bool inRange = true;
            int first = 0;
            while (inRange && first < Count)
            {
                int length = Math.Min(BlockLength, Count - first);
                inRange = TryCopy(first, block.AsSpan(0, length));
                first += length;
            }

            ArrayPool<long>.Shared.Return(block);
            return inRange;
        }

        public override void CopyTo(int first, Span<long> destination)
        {
            if (!TryCopy(first, destination))
            {
                throw new HeFormatException(FormatError.FieldOutOfRange, "clear part");
            }
        }

        public override void Dispose()
        {
            // The bytes are somebody else's.
        }

        private bool TryCopy(int first, Span<long> destination)
        {
            using ByteLease bytes = source.Read(start + ((long)first * size), destination.Length * size);
            WireIntegers.Read(bytes.Span, size, destination);
            return ClearPart.AreWithin(destination, maxAbs);
        }
    }
}
