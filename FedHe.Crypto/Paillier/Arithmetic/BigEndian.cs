using System.Numerics;

namespace FedHe.Crypto.Paillier.Arithmetic;

/// <summary>This class converts big integers to and from big-endian bytes of a fixed length.</summary>
internal static class BigEndian
{
    public static BigInteger Read(ReadOnlySpan<byte> bytes) => new(bytes, isUnsigned: true, isBigEndian: true);

    /// <summary>Writes a number with leading zeros.</summary>
    public static void Write(BigInteger number, Span<byte> bytes)
    {
        int length = number.GetByteCount(isUnsigned: true);
        bytes[..^length].Clear();
        number.TryWriteBytes(bytes[^length..], out _, isUnsigned: true, isBigEndian: true);
    }
}
