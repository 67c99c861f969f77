using System.Buffers.Binary;
using System.Collections.Immutable;
using FedHe.Crypto.Random;

namespace FedHe.Crypto.Ckks.SealFormat.Files;

/// <summary>
/// SEAL's <c>parms_id</c>: the BLAKE2b-256 of scheme, degree, primes and plain modulus. Every level of a modulus chain
/// has its own.
/// </summary>
/// <remarks>Source: SEAL's EncryptionParameters::compute_parms_id.</remarks>
public readonly record struct SealParmsId
{
    /// <summary>Length of an identity: 32 bytes.</summary>
    public const int SizeInBytes = 32;

    internal const byte CkksScheme = 2;

    private readonly UInt128 _low;
    private readonly UInt128 _high;

    /// <summary>Reads an identity from its 32 bytes.</summary>
    /// <exception cref="ArgumentException"><paramref name="bytes"/> is not 32 bytes long.</exception>
    public SealParmsId(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length != SizeInBytes)
        {
            throw new ArgumentException($"A parms_id has {SizeInBytes} bytes.", nameof(bytes));
        }

        _low = BinaryPrimitives.ReadUInt128LittleEndian(bytes);
        _high = BinaryPrimitives.ReadUInt128LittleEndian(bytes[16..]);
    }

    /// <summary>Writes the 32 bytes of the identity.</summary>
    /// <exception cref="ArgumentOutOfRangeException">
    /// <paramref name="destination"/> is shorter than 32 bytes.
    /// </exception>
    public void CopyTo(Span<byte> destination)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(destination.Length, SizeInBytes);
        BinaryPrimitives.WriteUInt128LittleEndian(destination, _low);
        BinaryPrimitives.WriteUInt128LittleEndian(destination[16..], _high);
    }

    /// <summary>The identity in lower-case hexadecimal, byte by byte.</summary>
    public override string ToString()
    {
        Span<byte> bytes = stackalloc byte[SizeInBytes];
        CopyTo(bytes);
        return Convert.ToHexStringLower(bytes);
    }

    /// <summary>Computes the identity of CKKS with the given primes.</summary>
    internal static SealParmsId Compute(int degree, ImmutableArray<ulong> primes)
    {
        // Scheme, degree, primes, and a plain modulus of zero, since CKKS has none.
        ulong[] words = [CkksScheme, (ulong)degree, .. primes, 0];
        var message = new byte[words.Length * sizeof(ulong)];
        for (int i = 0; i < words.Length; i++)
        {
            BinaryPrimitives.WriteUInt64LittleEndian(message.AsSpan(i * sizeof(ulong)), words[i]);
        }

        Span<byte> hash = stackalloc byte[SizeInBytes];
        Blake2b.Hash(message, hash);
        return new SealParmsId(hash);
    }
}
