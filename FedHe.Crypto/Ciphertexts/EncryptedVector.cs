using System.Buffers;
using System.Collections.Immutable;
using FedHe.Crypto.Bounds;
using FedHe.Crypto.Identities;
using FedHe.Crypto.Operations;
using FedHe.Crypto.Parameters;

namespace FedHe.Crypto.Ciphertexts;

/// <summary>
/// An encrypted vector holds real numbers in as many ciphertexts as they need. It is immutable, and returns its memory
/// to a pool when it is disposed.
/// </summary>
public abstract class EncryptedVector : IDisposable
{
    /// <summary>Creates a vector of the given parameters, key, length and bound.</summary>
    protected EncryptedVector(HeParameters parameters, KeyId keyId, int length, VectorBound bound)
    {
        Parameters = parameters;
        KeyId = keyId;
        Length = length;
        Bound = bound;
    }

    /// <summary>The parameters that the vector was encrypted under.</summary>
    public HeParameters Parameters { get; }

    /// <summary>The identity of the key that the vector is encrypted under.</summary>
    public KeyId KeyId { get; }

    /// <summary>The number of values, at least 1.</summary>
    public int Length { get; }

    /// <summary>The number of ciphertexts: <see cref="Length"/> over the values per ciphertext, rounded up.</summary>
    public int CiphertextCount
        => (int)(((long)Length + Parameters.ValuesPerCiphertext - 1) / Parameters.ValuesPerCiphertext);

    /// <summary>The representation of the vector, always <see cref="VectorForm.Full"/> in a scheme without seeds.</summary>
    public virtual VectorForm Form => VectorForm.Full;

    /// <summary>
    /// The multiplicative depth already spent: 0 for fresh vectors and their sums, and at most 1. Only vectors of the
    /// same spent depth can be added.
    /// </summary>
    public virtual int SpentDepth => 0;

    /// <summary>
    /// The index of the first ciphertext among all that are encrypted under one key, or null in a scheme whose ciphertexts
    /// have no order.
    /// </summary>
    public virtual int? FirstCiphertext => null;

    /// <summary>
    /// The public seeds that stand for parts of the vector, or the SHA-256 of seeds of another length; none in a scheme without
    /// seeds. No two fresh vectors have a seed in common, unless randomness repeated itself.
    /// </summary>
    public virtual ImmutableArray<Digest> PublicSeeds => [];

    /// <summary>The public bound on the magnitude and the error of every value, in units of values.</summary>
    public VectorBound Bound { get; }

    /// <summary>The number of bytes that <see cref="WriteTo"/> writes.</summary>
    public abstract int EncodedLength { get; }

    /// <summary>Writes the vector in the format that <see cref="IVectorReader"/> reads.</summary>
    /// <exception cref="ObjectDisposedException">The vector was disposed.</exception>
    public abstract void WriteTo(IBufferWriter<byte> destination);

    /// <summary>The last bytes that <see cref="WriteTo"/> writes, where they lie in memory as they are written; else nothing.</summary>
    internal virtual ReadOnlySpan<byte> Tail => [];

    /// <summary>Writes everything before <see cref="Tail"/>.</summary>
    internal virtual void WriteHead(IBufferWriter<byte> destination) => WriteTo(destination);

    /// <summary>Returns the vector's memory to the pool.</summary>
    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Releases the memory of the vector.</summary>
    protected virtual void Dispose(bool disposing)
    {
    }
}
