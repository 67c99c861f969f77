using System.Buffers.Binary;
using System.Security.Cryptography;
using FedHe.Crypto.Parameters;

namespace FedHe.Crypto.Identities;

/// <summary>
/// Identity of a parameter set: SHA-256 of its canonical bytes. Every key and every vector carries it, and every
/// operation compares it, so that objects of different contexts never mix.
/// </summary>
/// <remarks>Source: the role of <c>parms_id</c> in Microsoft SEAL; ours is SHA-256 over <see cref="HeParameters.WriteTo"/>.</remarks>
public readonly record struct ParametersId
{
    /// <summary>Length of an identity: 32 bytes.</summary>
    public const int SizeInBytes = SHA256.HashSizeInBytes;

    private readonly UInt128 _low;
    private readonly UInt128 _high;

    /// <summary>Reads an identity from its 32 bytes.</summary>
    /// <exception cref="ArgumentException"><paramref name="bytes"/> is not 32 bytes long.</exception>
    public ParametersId(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length != SizeInBytes)
        {
            throw new ArgumentException($"A parameters identity has {SizeInBytes} bytes.", nameof(bytes));
        }

        _low = BinaryPrimitives.ReadUInt128LittleEndian(bytes);
        _high = BinaryPrimitives.ReadUInt128LittleEndian(bytes[16..]);
    }

    /// <summary>The identity of objects that depend on no parameters: all zero.</summary>
    public static ParametersId None => default;

    /// <summary>Hashes canonical parameter bytes into an identity.</summary>
    public static ParametersId Compute(ReadOnlySpan<byte> canonicalBytes)
    {
        Span<byte> hash = stackalloc byte[SizeInBytes];
        SHA256.HashData(canonicalBytes, hash);
        return new ParametersId(hash);
    }

    /// <summary>Writes the 32 bytes of the identity.</summary>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="destination"/> is shorter than 32 bytes.</exception>
    public void CopyTo(Span<byte> destination)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(destination.Length, SizeInBytes);
        BinaryPrimitives.WriteUInt128LittleEndian(destination, _low);
        BinaryPrimitives.WriteUInt128LittleEndian(destination[16..], _high);
    }

    /// <summary>The identity in lower-case hexadecimal.</summary>
    public override string ToString()
    {
        Span<byte> bytes = stackalloc byte[SizeInBytes];
        CopyTo(bytes);
        return Convert.ToHexStringLower(bytes);
    }
}
