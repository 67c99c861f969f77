using System.Buffers.Binary;

namespace FedHe.Crypto.Identities;

/// <summary>
/// A key identity names a key pair in public by 16 bytes. Every vector carries the identity of its key, so vectors of
/// different keys are refused instead of adding up to noise.
/// </summary>
/// <remarks>The identity is the first 16 bytes of a SHA-256 hash that the whole public key enters.</remarks>
public readonly record struct KeyId
{
    /// <summary>The length of a key identity in bytes: 16.</summary>
    public const int SizeInBytes = 16;

    private readonly UInt128 _value;

    /// <summary>Creates a key identity from its 16 bytes.</summary>
    /// <exception cref="ArgumentException"><paramref name="bytes"/> is not 16 bytes long.</exception>
    public KeyId(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length != SizeInBytes)
        {
            throw new ArgumentException($"A key identity has {SizeInBytes} bytes.", nameof(bytes));
        }

        _value = BinaryPrimitives.ReadUInt128LittleEndian(bytes);
    }

    /// <summary>Writes the 16 bytes of the identity to the start of a span.</summary>
    public void CopyTo(Span<byte> destination) => BinaryPrimitives.WriteUInt128LittleEndian(destination, _value);

    /// <summary>Returns the identity in lower-case hexadecimal.</summary>
    public override string ToString()
    {
        Span<byte> bytes = stackalloc byte[SizeInBytes];
        CopyTo(bytes);
        return Convert.ToHexStringLower(bytes);
    }
}
