using System.Buffers;
using System.Buffers.Binary;
using System.Security.Cryptography;

namespace FedHe.MLBridge.Layout;

/// <summary>SHA-256 over the canonical bytes of a layout, a mask or terms: equal exactly when these are the same.</summary>
public readonly record struct Digest
{
    /// <summary>Length of a digest: 32 bytes.</summary>
    public const int SizeInBytes = SHA256.HashSizeInBytes;

    private readonly UInt128 _low;
    private readonly UInt128 _high;

    /// <summary>Reads a digest from its 32 bytes.</summary>
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

    /// <summary>Hashes canonical bytes.</summary>
    public static Digest Compute(ReadOnlySpan<byte> canonicalBytes)
    {
        Span<byte> hash = stackalloc byte[SizeInBytes];
        SHA256.HashData(canonicalBytes, hash);
        return new Digest(hash);
    }

    /// <summary>Writes the 32 bytes of the digest.</summary>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="destination"/> is shorter than 32 bytes.</exception>
    public void CopyTo(Span<byte> destination)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(destination.Length, SizeInBytes);
        BinaryPrimitives.WriteUInt128LittleEndian(destination, _low);
        BinaryPrimitives.WriteUInt128LittleEndian(destination[16..], _high);
    }

    /// <summary>The digest in lower-case hexadecimal.</summary>
    public override string ToString()
    {
        Span<byte> bytes = stackalloc byte[SizeInBytes];
        CopyTo(bytes);
        return Convert.ToHexStringLower(bytes);
    }

    internal static Digest Of(Action<IBufferWriter<byte>> writeTo)
    {
        var buffer = new ArrayBufferWriter<byte>();
        writeTo(buffer);
        return Compute(buffer.WrittenSpan);
    }
}
