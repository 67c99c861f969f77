using System.Buffers;
using FedHe.Crypto.Bounds;
using FedHe.Crypto.Identities;
using FedHe.Crypto.Operations;
using FedHe.Crypto.Parameters;

namespace FedHe.Crypto.Ciphertexts;

/// <summary>
/// An encrypted vector of real numbers: one object over pooled memory, however many ciphertexts it spans.
/// Immutable; dispose it to return its memory.
/// </summary>
public abstract class EncryptedVector : IDisposable
{
    /// <summary>Creates a vector of the given identity and bound.</summary>
    protected EncryptedVector(HeParameters parameters, KeyId keyId, int length, VectorBound bound)
    {
        Parameters = parameters;
        KeyId = keyId;
        Length = length;
        Bound = bound;
    }

    /// <summary>Parameters the vector belongs to.</summary>
    public HeParameters Parameters { get; }

    /// <summary>The key the vector is encrypted under.</summary>
    public KeyId KeyId { get; }

    /// <summary>Number of values.</summary>
    public int Length { get; }

    /// <summary>Number of ciphertexts: <see cref="Length"/> over the values per ciphertext, rounded up.</summary>
    public int CiphertextCount => (Length + Parameters.ValuesPerCiphertext - 1) / Parameters.ValuesPerCiphertext;

    /// <summary>How the vector is represented; always <see cref="VectorForm.Full"/> where a scheme knows no seeds.</summary>
    public virtual VectorForm Form => VectorForm.Full;

    /// <summary>
    /// Multiplicative depth already spent, at most 1: 0 for fresh vectors and their sums. Only vectors that have spent the
    /// same depth add.
    /// </summary>
    public virtual int SpentDepth => 0;

    /// <summary>Public bound on magnitude and error.</summary>
    public VectorBound Bound { get; }

    /// <summary>Length of the bytes that <see cref="WriteTo"/> writes.</summary>
    public abstract int EncodedLength { get; }

    /// <summary>Writes the vector; <see cref="IVectorReader"/> reads it back.</summary>
    /// <exception cref="ObjectDisposedException">The vector was disposed.</exception>
    public abstract void WriteTo(IBufferWriter<byte> destination);

    /// <summary>Returns the vector's memory to the pool.</summary>
    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Releases what the vector holds.</summary>
    protected virtual void Dispose(bool disposing)
    {
    }
}
