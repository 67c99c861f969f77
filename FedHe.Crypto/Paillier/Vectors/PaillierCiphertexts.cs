using FedHe.Crypto.Errors;
using FedHe.Crypto.Kernels.Memory;
using FedHe.Crypto.Paillier.Parameters;

namespace FedHe.Crypto.Paillier.Vectors;

/// <summary>
/// Paillier ciphertexts are the ciphertexts of a vector, in pooled memory: big-endian numbers, back to back, as they
/// travel.
/// </summary>
internal sealed class PaillierCiphertexts : IDisposable
{
    private readonly BlockBuffer? _buffer;
    private int _isDisposed;

    private PaillierCiphertexts() => _isDisposed = 1;

    /// <summary>Rents memory, which still holds its former content.</summary>
    /// <param name="parameters">The parameters of the vector.</param>
    /// <param name="length">The number of values of the vector.</param>
    public PaillierCiphertexts(PaillierParameters parameters, int length)
    {
        long words = SizeInBytes(parameters, length) / sizeof(ulong);
        if (words > Array.MaxLength / sizeof(ulong))
        {
            throw Throw.VectorTooLong();
        }

        _buffer = new BlockBuffer((int)words);
    }

    /// <summary>Rents memory, and copies ciphertexts into it.</summary>
    /// <param name="parameters">The parameters of the vector.</param>
    /// <param name="length">The number of values of the vector.</param>
    /// <param name="bytes">The ciphertexts, of <see cref="SizeInBytes"/> bytes.</param>
    public PaillierCiphertexts(PaillierParameters parameters, int length, ReadOnlySpan<byte> bytes)
        : this(parameters, length) => bytes.CopyTo(Bytes);

    public Span<byte> Bytes
    {
        get
        {
            ObjectDisposedException.ThrowIf(_isDisposed != 0, this);
            return _buffer!.Bytes;
        }
    }

    /// <summary>Creates what is left of the ciphertexts of a vector after their disposal.</summary>
    public static PaillierCiphertexts Disposed() => new();

    /// <summary>Computes the number of bytes of the ciphertexts of a vector.</summary>
    /// <param name="parameters">The parameters of the vector.</param>
    /// <param name="length">The number of values of the vector.</param>
    public static long SizeInBytes(PaillierParameters parameters, int length)
    {
        long count = ((long)length + parameters.ValuesPerCiphertext - 1) / parameters.ValuesPerCiphertext;
        return count * parameters.CiphertextLength;
    }

    public void Dispose()
    {
        if (Interlocked.Exchange(ref _isDisposed, 1) == 0)
        {
            _buffer!.Release();
        }
    }
}
