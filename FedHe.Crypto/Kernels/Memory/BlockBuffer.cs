using System.Runtime.InteropServices;

namespace FedHe.Crypto.Kernels.Memory;

/// <summary>
/// A block buffer is a contiguous block of pooled 64-bit words with a count of its owners, the last of which returns the block.
/// </summary>
/// <remarks>A block holds public data, ciphertexts or sums in clear, so it is returned without clearing.</remarks>
public sealed class BlockBuffer
{
    private ulong[]? _words;
    private int _owners = 1;

    /// <summary>Rents a block, with the caller as its first owner.</summary>
    /// <param name="length">Number of 64-bit words, at least 0.</param>
    public BlockBuffer(int length) => _words = BlockPool.Shared.Rent(length);

    /// <summary>The words of the block, which initially have the content of their last use.</summary>
    public Span<ulong> Span => Words;

    /// <summary>The words of the block as signed integers.</summary>
    public Span<long> Integers => MemoryMarshal.Cast<ulong, long>(Words.AsSpan());

    /// <summary>The words of the block as bytes, in the byte order of the machine.</summary>
    public Span<byte> Bytes => MemoryMarshal.AsBytes(Words.AsSpan());

    // Another block may have the memory by now: reading on would mix vectors.
    private ulong[] Words => _words ?? throw new ObjectDisposedException(nameof(BlockBuffer));

    /// <summary>Adds an owner of the block.</summary>
    public void Share() => Interlocked.Increment(ref _owners);

    /// <summary>Removes an owner of the block.</summary>
    /// <exception cref="ObjectDisposedException">The last owner has released the block already.</exception>
    /// <remarks>Every owner calls this method once and uses the block no more.</remarks>
    public void Release()
    {
        if (Interlocked.Decrement(ref _owners) == 0)
        {
            ulong[] words = Words;
            _words = null;
            BlockPool.Shared.Return(words);
        }
        else
        {
            ObjectDisposedException.ThrowIf(_words is null, this);
        }
    }
}
