using FedHe.Crypto.Errors;
using FedHe.Crypto.Kernels.Memory;

namespace FedHe.Crypto.Paillier;

/// <summary>The ciphertexts of a vector in pooled memory: big-endian numbers, back to back, as they travel.</summary>
internal sealed class PaillierBlock : IDisposable
{
    private readonly BlockBuffer _buffer;
    private int _isDisposed;

    public PaillierBlock(PaillierParameters parameters, int length)
    {
        long words = BytesOf(parameters, length) / sizeof(ulong);
        if (words > Array.MaxLength / sizeof(ulong))
        {
            throw Throw.VectorTooLong();
        }

        _buffer = new BlockBuffer((int)words);
    }

    public Span<byte> Bytes
    {
        get
        {
            ObjectDisposedException.ThrowIf(_isDisposed != 0, this);
            return _buffer.Bytes;
        }
    }

    public static int CiphertextsOf(PaillierParameters parameters, int length)
        => (int)(((long)length + parameters.ValuesPerCiphertext - 1) / parameters.ValuesPerCiphertext);

    public static long BytesOf(PaillierParameters parameters, int length)
        => (long)CiphertextsOf(parameters, length) * parameters.CiphertextLength;

    public void Dispose()
    {
        if (Interlocked.Exchange(ref _isDisposed, 1) == 0)
        {
            _buffer.Release();
        }
    }
}
