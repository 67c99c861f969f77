using FedHe.Crypto.Ckks.Noise;
using FedHe.Crypto.Ckks.Parameters;
using FedHe.Crypto.Ckks.Ring;

namespace FedHe.Crypto.Ckks.Vectors;

/// <summary>
/// Packed polynomials stay in the caller's memory as they travel, and each is unpacked where it is used, while it is in the caches.
/// </summary>
/// <param name="ring">The ring of the vector.</param>
/// <param name="polynomialCount">The number of stored polynomials: 2, or 1 where seeds stand for c1.</param>
/// <param name="limbCount">The number of primes that rescaling has not spent.</param>
/// <param name="dropped">The low bits that were left out.</param>
/// <param name="packed">The bytes of all ciphertexts.</param>
internal sealed class PackedPolynomials(
    CkksRing ring, int polynomialCount, int limbCount, DroppedBits dropped, ReadOnlyMemory<byte> packed) : ICkksPolynomials
{
    private readonly int _ciphertextLength = CiphertextLength(ring.Parameters, polynomialCount, limbCount, dropped);
    private volatile bool _isOutOfRange;
    private bool _isDisposed;

    public int LimbCount => limbCount;

    public bool AreInRange => !_isOutOfRange;

    /// <summary>Returns the number of bytes that one packed ciphertext has.</summary>
    public static int CiphertextLength(CkksParameters parameters, int polynomialCount, int limbCount, DroppedBits dropped)
    {
        int length = 0;
        for (int polynomial = 0; polynomial < polynomialCount; polynomial++)
        {
            for (int limb = 0; limb < Math.Min(limbCount, parameters.Moduli.Length); limb++)
            {
                length += CkksVectorPacking.LimbLength(parameters, limb, dropped.Of(polynomial));
            }
        }

        return length;
    }

    public ReadOnlySpan<ulong> Limb(int ciphertext, int polynomial, int limb, Span<ulong> scratch)
    {
        Span<ulong> destination = scratch[..ring.Degree];
        CopyLimb(ciphertext, polynomial, limb, destination);
        return destination;
    }

    /// <inheritdoc/>
    /// <remarks>
    /// A coefficient beyond its range, which no reader accepts and which therefore changed since, becomes the last residue.
    /// </remarks>
    public void CopyLimb(int ciphertext, int polynomial, int limb, Span<ulong> destination)
    {
        ThrowIfDisposed();
        int bits = dropped.Of(polynomial);
        int length = CkksVectorPacking.LimbLength(ring.Parameters, limb, bits);
        ReadOnlySpan<byte> source = packed.Span.Slice(OffsetOf(ciphertext, polynomial, limb), length);
        if (!CkksVectorPacking.TryUnpackLimb(source, ring.Transforms[limb], polynomial, bits, destination))
        {
            _isOutOfRange = true;
        }
    }

    public void ThrowIfDisposed() => ObjectDisposedException.ThrowIf(_isDisposed, this);

    /// <inheritdoc/>
    /// <remarks>The other owner may live longer than the caller's memory, so it has a copy.</remarks>
    public ICkksPolynomials Share()
    {
        ThrowIfDisposed();
        return new PackedPolynomials(ring, polynomialCount, limbCount, dropped, packed.ToArray());
    }

    public void Dispose() => _isDisposed = true;

    private int OffsetOf(int ciphertext, int polynomial, int limb)
        => (ciphertext * _ciphertextLength)
            + CiphertextLength(ring.Parameters, polynomial, limbCount, dropped)
            + CiphertextLength(ring.Parameters, polynomialCount: 1, limb, new DroppedBits(dropped.Of(polynomial), 0));
}
