using System.Buffers.Binary;

namespace FedHe.Crypto.Identities;

/// <summary>
/// Public name of a key pair: the first 16 bytes of a SHA-256 that its whole public key goes into. Vectors carry it, so that vectors
/// of different keys are refused instead of adding up to noise.
/// </summary>
public readonly record struct KeyId
{
    /// <summary>Length of a key identity: 16 bytes.</summary>
    public const int SizeInBytes = 16;

    private readonly UInt128 _value;

    /// <summary>Reads a key identity from its 16 bytes.</summary>
    /// <exception cref="ArgumentException"><paramref name="bytes"/> is not 16 bytes long.</exception>
    public KeyId(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length != SizeInBytes)
        {
            throw new ArgumentException($"A key identity has {SizeInBytes} bytes.", nameof(bytes));
        }

        _value = BinaryPrimitives.ReadUInt128LittleEndian(bytes);
    }

    /// <summary>Writes the 16 bytes of the identity.</summary>
    public void CopyTo(Span<byte> destination) => BinaryPrimitives.WriteUInt128LittleEndian(destination, _value);

    /// <summary>The identity in lower-case hexadecimal.</summary>
    public override string ToString()
    {
        Span<byte> bytes = stackalloc byte[SizeInBytes];
        CopyTo(bytes);
        return Convert.ToHexStringLower(bytes);
    }
}
