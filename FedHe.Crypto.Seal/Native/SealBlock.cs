using System.Runtime.InteropServices;
using FedHe.Crypto.Kernels.Memory;
using FedHe.Crypto.Seal.Errors;

namespace FedHe.Crypto.Seal.Native;

/// <summary>
/// A SEAL block holds the files of the ciphertexts of a vector, all of the same length, one after the other in pooled
/// memory.
/// </summary>
internal sealed class SealBlock : IDisposable
{
    private readonly BlockBuffer _buffer;
    private readonly int _fileLength;
    private readonly int _count;
    private int _isDisposed;

    public SealBlock(int fileLength, int count)
    {
        if ((long)fileLength * count > Array.MaxLength)
        {
            throw SealThrow.VectorTooLong();
        }

        _fileLength = fileLength;
        _count = count;
        _buffer = new BlockBuffer((int)(MemoryInBytes(fileLength, count) / sizeof(ulong)));
    }

    public ReadOnlySpan<byte> Files => Bytes;

    public static long MemoryInBytes(int fileLength, long count)
        => (((fileLength * count) + sizeof(ulong) - 1) / sizeof(ulong)) * sizeof(ulong);

    public Span<byte> File(int index) => Bytes.Slice(index * _fileLength, _fileLength);

    public void Fill(ReadOnlySpan<byte> files) => files.CopyTo(Bytes);

    public void Dispose()
    {
        if (Interlocked.Exchange(ref _isDisposed, 1) == 0)
        {
            _buffer.Release();
        }
    }

    private Span<byte> Bytes
    {
        get
        {
            ObjectDisposedException.ThrowIf(_isDisposed != 0, this);
            return MemoryMarshal.AsBytes(_buffer.Span)[..(_fileLength * _count)];
        }
    }
}
