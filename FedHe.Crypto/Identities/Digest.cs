using System.Buffers;
using System.Buffers.Binary;
using System.Security.Cryptography;

namespace FedHe.Crypto.Identities;

/// <summary>
/// A digest of 32 bytes names an object by its content: two parameter sets, model layouts, masks or terms are the same
/// exactly when their digests are.
/// </summary>
/// <remarks>
/// FedHe hashes canonical bytes with SHA-256. Microsoft SEAL names its parameters (<c>parms_id</c>) by BLAKE2b-256.
/// </remarks>
public readonly record struct Digest
{
    /// <summary>The length of a digest in bytes: 32.</summary>
    public const int SizeInBytes = SHA256.HashSizeInBytes;

    private readonly UInt128 _low;
    private readonly UInt128 _high;

    /// <summary>Creates a digest from its 32 bytes.</summary>
    /// <exception cref="ArgumentException"><paramref name="bytes"/> is not 32 bytes long.</exception>
    public Digest(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length != SizeInBytes)
        {
            throw new ArgumentException($"A digest has {SizeInBytes} bytes.", nameof(bytes));
        }

        _low = BinaryPrimitives.ReadUInt128LittleEndian(bytes);
        _high = BinaryPrimitives.ReadUInt128LittleEndian(bytes[16..]);
    }

    /// <summary>The digest of objects that depend on no parameters, which is all zeros.</summary>
    public static Digest None => default;

    /// <summary>Computes the SHA-256 digest of canonical bytes.</summary>
    public static Digest Compute(ReadOnlySpan<byte> canonicalBytes)
    {
        Span<byte> hash = stackalloc byte[SizeInBytes];
        SHA256.HashData(canonicalBytes, hash);
        return new Digest(hash);
    }

    /// <summary>Computes the SHA-256 digest of the canonical bytes that an object writes.</summary>
    /// <param name="writeTo">Writes the canonical bytes.</param>
    public static Digest Of(Action<IBufferWriter<byte>> writeTo)
    {
        ArgumentNullException.ThrowIfNull(writeTo);
        var buffer = new ArrayBufferWriter<byte>();
        writeTo(buffer);
        return Compute(buffer.WrittenSpan);
    }

    /// <summary>Writes the 32 bytes of the digest to the start of a span.</summary>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="destination"/> is shorter than 32 bytes.</exception>
    public void CopyTo(Span<byte> destination)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(destination.Length, SizeInBytes);
        BinaryPrimitives.WriteUInt128LittleEndian(destination, _low);
        BinaryPrimitives.WriteUInt128LittleEndian(destination[16..], _high);
    }

    /// <summary>Returns the digest in lower-case hexadecimal.</summary>
    public override string ToString()
    {
        Span<byte> bytes = stackalloc byte[SizeInBytes];
        CopyTo(bytes);
        return Convert.ToHexStringLower(bytes);
    }
}
