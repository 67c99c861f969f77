using System.Buffers;

namespace FedHe.Crypto.Kernels;

/// <summary>A contiguous block of pooled 64-bit words. Holds public ciphertext data, so it is returned without clearing.</summary>
internal sealed class BlockBuffer : IDisposable
{
    private ulong[]? _words;

    public BlockBuffer(int length)
    {
        Length = length;
        _words = ArrayPool<ulong>.Shared.Rent(length);
    }

    public int Length { get; }

    public Span<ulong> Span
    {
        get
        {
            ulong[]? words = _words;
            ObjectDisposedException.ThrowIf(words is null, this);
            return words.AsSpan(0, Length);
        }
    }

    public void Dispose()
    {
        ulong[]? words = Interlocked.Exchange(ref _words, null);
        if (words is not null)
        {
            ArrayPool<ulong>.Shared.Return(words);
        }
    }
}
