using FedHe.Crypto.Kernels.Memory;

namespace FedHe.MLBridge.Segments;

/// <summary>Clear sums are the sums of values in clear, in memory that they own: blocks of equal length, since an array may be too short for all.</summary>
internal sealed class ClearSums : ClearIntegers
{
    /// <summary>The number of sums in every block of memory but the last, a multiple of <see cref="ClearIntegers.BlockLength"/>.</summary>
    public const int MemoryLength = 1 << 20;

    private BlockBuffer[]? _blocks;

    /// <summary>Rents memory, which still holds its former content.</summary>
    public ClearSums(long count)
        : base(count)
    {
        _blocks = new BlockBuffer[(count + MemoryLength - 1) / MemoryLength];
        for (int i = 0; i < _blocks.Length; i++)
        {
            _blocks[i] = new BlockBuffer((int)Math.Min(MemoryLength, count - ((long)i * MemoryLength)));
        }
    }

    public override void CopyTo(long first, Span<long> destination)
    {
        while (!destination.IsEmpty)
        {
            Span<long> sums = From(first);
            sums = sums[..Math.Min(sums.Length, destination.Length)];
            sums.CopyTo(destination);
            destination = destination[sums.Length..];
            first += sums.Length;
        }
    }

    /// <summary>Returns the sums of a block that <see cref="ClearIntegers.ForEachBlock"/> passes on, to be changed where they lie.</summary>
    public Span<long> Block(long first, int length) => From(first)[..length];

    public override void Dispose()
    {
        if (Interlocked.Exchange(ref _blocks, null) is BlockBuffer[] blocks)
        {
            Array.ForEach(blocks, block => block.Release());
        }
    }

    private Span<long> From(long first)
    {
        ObjectDisposedException.ThrowIf(_blocks is null, this);
        return _blocks[first / MemoryLength].Integers[(int)(first % MemoryLength)..];
    }
}
