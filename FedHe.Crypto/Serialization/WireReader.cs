using System.Buffers.Binary;
using System.Text;
using FedHe.Crypto.Bounds;
using FedHe.Crypto.Errors;
using FedHe.Crypto.Identities;

namespace FedHe.Crypto.Serialization;

/// <summary>
/// A wire reader reads little-endian fields from untrusted bytes and keeps the first reason of failure in
/// <see cref="Error"/>. After a failure every read returns a default, so a parser reads straight through and checks
/// once.
/// </summary>
/// <remarks>
/// A loop whose length comes from the bytes must take that length from <see cref="ReadInt32"/> with a checked range.
/// </remarks>
public ref struct WireReader
{
    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private ReadOnlySpan<byte> _remaining;

    /// <summary>Creates a reader at the beginning of <paramref name="source"/>.</summary>
    public WireReader(ReadOnlySpan<byte> source)
    {
        _remaining = source;
        Error = FormatError.None;
    }

    /// <summary>The reason why reading failed, or <see cref="FormatError.None"/>.</summary>
    public FormatError Error { get; private set; }

    /// <summary>Whether any read or check failed.</summary>
    public readonly bool Failed => Error != FormatError.None;

    /// <summary>The number of bytes that were not yet read.</summary>
    public readonly int Remaining => _remaining.Length;

    /// <summary>Records a failure that the caller found, unless one was recorded before.</summary>
    public void Fail(FormatError error)
    {
        if (!Failed)
        {
            Error = error;
            _remaining = default;
        }
    }

    /// <summary>Records a failure unless <paramref name="condition"/> holds.</summary>
    public void Require(bool condition, FormatError error)
    {
        if (!condition)
        {
            Fail(error);
        }
    }

    /// <summary>Reads a header and checks all of its fields; the payload must be exactly the rest of the bytes.</summary>
    /// <param name="kind">The kind expected.</param>
    /// <param name="parametersId">The parameters expected.</param>
    /// <param name="maxBytes">Largest acceptable length of the whole object.</param>
    public void ReadHeader(WireKind kind, Digest parametersId, int maxBytes)
        => ReadHeader(kind, parametersId, maxBytes, _remaining.Length);

    /// <summary>Reads the header of an object from bytes that may hold only its beginning.</summary>
    /// <param name="kind">The kind expected.</param>
    /// <param name="parametersId">The parameters expected.</param>
    /// <param name="maxBytes">Largest acceptable length of the whole object.</param>
    /// <param name="available">Number of bytes that should be the whole object.</param>
    public void ReadHeader(WireKind kind, Digest parametersId, long maxBytes, long available)
    {
        Require(ReadBytes(WireHeader.Magic.Length).SequenceEqual(WireHeader.Magic), FormatError.BadMagic);
        Require(ReadUInt16() == (ushort)kind, FormatError.WrongKind);
        Require(ReadUInt16() == WireHeader.VersionOf(kind), FormatError.UnsupportedVersion);
        Require(ReadDigest() == parametersId, FormatError.WrongParameters);
        long payload = ReadInt64();
        Require(payload >= 0 && payload <= maxBytes - WireHeader.SizeInBytes, FormatError.LimitExceeded);
        Require(payload <= available - WireHeader.SizeInBytes, FormatError.Truncated);
        Require(payload >= available - WireHeader.SizeInBytes, FormatError.TrailingBytes);
    }

    /// <summary>Reads one byte.</summary>
    public byte ReadByte()
    {
        ReadOnlySpan<byte> bytes = ReadBytes(1);
        return Failed ? default : bytes[0];
    }

    /// <summary>Reads two bytes as an unsigned integer.</summary>
    public ushort ReadUInt16()
    {
        ReadOnlySpan<byte> bytes = ReadBytes(sizeof(ushort));
        return Failed ? default : BinaryPrimitives.ReadUInt16LittleEndian(bytes);
    }

    /// <summary>Reads four bytes as a signed integer, and refuses a value outside the closed range.</summary>
    public int ReadInt32(int minimum, int maximum)
    {
        ReadOnlySpan<byte> bytes = ReadBytes(sizeof(int));
        int value = Failed ? default : BinaryPrimitives.ReadInt32LittleEndian(bytes);
        Require(value >= minimum && value <= maximum, FormatError.FieldOutOfRange);
        return Failed ? default : value;
    }

    /// <summary>Reads eight bytes as a signed integer.</summary>
    public long ReadInt64()
    {
        ReadOnlySpan<byte> bytes = ReadBytes(sizeof(long));
        return Failed ? default : BinaryPrimitives.ReadInt64LittleEndian(bytes);
    }

    /// <summary>Reads eight bytes as a signed integer, and refuses a value outside the closed range.</summary>
    public long ReadInt64(long minimum, long maximum)
    {
        long value = ReadInt64();
        Require(value >= minimum && value <= maximum, FormatError.FieldOutOfRange);
        return Failed ? default : value;
    }

    /// <summary>Reads eight bytes as an unsigned integer.</summary>
    public ulong ReadUInt64() => unchecked((ulong)ReadInt64());

    /// <summary>Reads a double and refuses NaN, infinities and values outside the closed range.</summary>
    public double ReadDouble(double minimum, double maximum)
    {
        double value = BitConverter.Int64BitsToDouble(ReadInt64());
        Require(value >= minimum && value <= maximum && double.IsFinite(value), FormatError.FieldOutOfRange);
        return Failed ? default : value;
    }

    /// <summary>Reads raw bytes, or an empty span after a failure.</summary>
    public ReadOnlySpan<byte> ReadBytes(int length)
    {
        if (Failed || length < 0 || length > _remaining.Length)
        {
            Fail(FormatError.Truncated);
            return default;
        }

        ReadOnlySpan<byte> bytes = _remaining[..length];
        _remaining = _remaining[length..];
        return bytes;
    }

    /// <summary>Reads the 32 bytes of a digest.</summary>
    public Digest ReadDigest()
    {
        ReadOnlySpan<byte> bytes = ReadBytes(Digest.SizeInBytes);
        return Failed ? default : new Digest(bytes);
    }

    /// <summary>Reads the 16 bytes of a GUID, in network order.</summary>
    public Guid ReadGuid()
    {
        ReadOnlySpan<byte> bytes = ReadBytes(WireHeader.GuidSizeInBytes);
        return Failed ? default : new Guid(bytes, bigEndian: true);
    }

    /// <summary>Reads a length of four bytes and then that many bytes, or an empty span after a failure.</summary>
    public ReadOnlySpan<byte> ReadBytesWithLength() => ReadBytes(ReadInt32(0, int.MaxValue));

    /// <summary>Reads a length of four bytes and then that many bytes as a slice of the source, without copying.</summary>
    /// <param name="source">The memory that the reader reads from the beginning.</param>
    public ReadOnlyMemory<byte> ReadBytesWithLength(ReadOnlyMemory<byte> source)
    {
        int length = ReadBytesWithLength().Length;
        int end = source.Length - Remaining;
        return Failed ? default : source[(end - length)..end];
    }

    /// <summary>Reads the 16 bytes of a key identity.</summary>
    public KeyId ReadKeyId()
    {
        ReadOnlySpan<byte> bytes = ReadBytes(KeyId.SizeInBytes);
        return Failed ? default : new KeyId(bytes);
    }

    /// <summary>Reads a vector bound: four finite doubles that are not negative, the first of them positive.</summary>
    public VectorBound ReadBound()
    {
        double maxAbs = ReadDouble(double.Epsilon, double.MaxValue);
        double rounding = ReadDouble(0, double.MaxValue);
        double noiseMax = ReadDouble(0, double.MaxValue);
        double noiseVariance = ReadDouble(0, double.MaxValue);
        return Failed ? default : new VectorBound(maxAbs, rounding, noiseMax, noiseVariance);
    }

    /// <summary>Reads a two-byte length and a strict UTF-8 string of at most <paramref name="maxBytes"/> bytes.</summary>
    public string ReadString(int maxBytes)
    {
        int length = ReadUInt16();
        Require(length <= maxBytes, FormatError.LimitExceeded);
        ReadOnlySpan<byte> bytes = ReadBytes(length);
        try
        {
            return StrictUtf8.GetString(bytes);
        }
        catch (DecoderFallbackException)
        {
            Fail(FormatError.FieldOutOfRange);
            return string.Empty;
        }
    }

    /// <summary>Records a failure when bytes are left over.</summary>
    public void ExpectEnd() => Require(_remaining.IsEmpty, FormatError.TrailingBytes);
}
