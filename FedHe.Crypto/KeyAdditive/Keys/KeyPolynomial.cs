using System.Buffers.Binary;
using FedHe.Crypto.Kernels.Memory;
using FedHe.Crypto.KeyAdditive.Ring;

namespace FedHe.Crypto.KeyAdditive.Keys;

/// <summary>
/// A key polynomial holds the coefficients of a round key, or of a sum of round keys, with their transform, in pinned
/// memory.
/// </summary>
internal sealed class KeyPolynomial
{
    private readonly long[] _coefficients;

    /// <summary>Transforms coefficients.</summary>
    /// <param name="ring">The ring.</param>
    /// <param name="coefficients">N integers, of magnitude at most 2^31.</param>
    public KeyPolynomial(KeyAdditiveRing ring, ReadOnlySpan<long> coefficients)
    {
        _coefficients = SecretMemory.Allocate<long>(ring.Degree);
        coefficients.CopyTo(_coefficients);
        Mask = KeyMask.Create(ring, _coefficients);
    }

    public ReadOnlySpan<long> Coefficients => _coefficients;

    /// <summary>The mask of the polynomial, which holds its transform.</summary>
    public KeyMask Mask { get; }

    /// <summary>Writes the coefficients, eight bytes each.</summary>
    public void CopyTo(Span<byte> destination)
    {
        for (int i = 0; i < _coefficients.Length; i++)
        {
            BinaryPrimitives.WriteInt64LittleEndian(destination[(sizeof(long) * i)..], _coefficients[i]);
        }
    }

    /// <summary>Overwrites the coefficients and their transform with zeros.</summary>
    public void Zero()
    {
        SecretMemory.Zero<long>(_coefficients);
        Mask.Zero();
    }
}
