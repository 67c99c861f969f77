using System.Buffers;
using System.Buffers.Binary;
using FedHe.Crypto.Bounds;
using FedHe.Crypto.Identities;

namespace FedHe.Crypto.Serialization;

/// <summary>A wire writer writes little-endian fields to a buffer for a <see cref="WireReader"/>.</summary>
public readonly ref struct WireWriter
{
    private readonly IBufferWriter<byte> _destination;

    /// <summary>Creates a writer to <paramref name="destination"/>.</summary>
    public WireWriter(IBufferWriter<byte> destination)
    {
        ArgumentNullException.ThrowIfNull(destination);
        _destination = destination;
    }

    /// <summary>Writes the 48-byte header of an object of the current version.</summary>
    public void WriteHeader(WireKind kind, Digest parametersId, long payloadLength)
    {
        WriteBytes(WireHeader.Magic);
        WriteUInt16((ushort)kind);
        WriteUInt16(WireHeader.VersionOf(kind));
        WriteDigest(parametersId);
        WriteInt64(payloadLength);
    }

    /// <summary>Writes one byte.</summary>
    public void WriteByte(byte value)
    {
        _destination.GetSpan(1)[0] = value;
        _destination.Advance(1);
    }

    /// <summary>Writes an unsigned integer of two bytes.</summary>
    public void WriteUInt16(ushort value)
    {
        BinaryPrimitives.WriteUInt16LittleEndian(_destination.GetSpan(sizeof(ushort)), value);
        _destination.Advance(sizeof(ushort));
    }

    /// <summary>Writes a signed integer of four bytes.</summary>
    public void WriteInt32(int value)
    {
        BinaryPrimitives.WriteInt32LittleEndian(_destination.GetSpan(sizeof(int)), value);
        _destination.Advance(sizeof(int));
    }

    /// <summary>Writes a signed integer of eight bytes.</summary>
    public void WriteInt64(long value)
    {
        BinaryPrimitives.WriteInt64LittleEndian(_destination.GetSpan(sizeof(long)), value);
        _destination.Advance(sizeof(long));
    }

    /// <summary>Writes an unsigned integer of eight bytes.</summary>
    public void WriteUInt64(ulong value) => WriteInt64(unchecked((long)value));

    /// <summary>Writes an IEEE 754 double of eight bytes.</summary>
    public void WriteDouble(double value) => WriteInt64(BitConverter.DoubleToInt64Bits(value));

    /// <summary>Writes raw bytes.</summary>
    public void WriteBytes(ReadOnlySpan<byte> value) => _destination.Write(value);

    /// <summary>Writes the 32 bytes of a digest.</summary>
    public void WriteDigest(Digest value)
    {
        value.CopyTo(_destination.GetSpan(Digest.SizeInBytes));
        _destination.Advance(Digest.SizeInBytes);
    }

    /// <summary>Writes the 16 bytes of a GUID, in network order.</summary>
    public void WriteGuid(Guid value)
    {
        value.TryWriteBytes(_destination.GetSpan(WireHeader.GuidSizeInBytes), bigEndian: true, out int written);
        _destination.Advance(written);
    }

    /// <summary>Writes a length of four bytes and then the bytes.</summary>
    public void WriteBytesWithLength(ReadOnlySpan<byte> value)
    {
        WriteInt32(value.Length);
        WriteBytes(value);
    }

    /// <summary>Writes the 16 bytes of a key identity.</summary>
    public void WriteKeyId(KeyId value)
    {
        value.CopyTo(_destination.GetSpan(KeyId.SizeInBytes));
        _destination.Advance(KeyId.SizeInBytes);
    }

    /// <summary>Writes the four doubles of a vector bound.</summary>
    public void WriteBound(VectorBound value)
    {
        WriteDouble(value.MaxAbs);
        WriteDouble(value.Rounding);
        WriteDouble(value.NoiseMax);
        WriteDouble(value.NoiseVariance);
    }

    /// <summary>Writes a two-byte length and a UTF-8 string.</summary>
    /// <exception cref="ArgumentException">The string has more than 65,535 bytes.</exception>
    public void WriteString(string value)
    {
        int length = System.Text.Encoding.UTF8.GetByteCount(value);
        if (length > ushort.MaxValue)
        {
            throw new ArgumentException("The text is longer than 65,535 bytes.", nameof(value));
        }

        WriteUInt16((ushort)length);
        System.Text.Encoding.UTF8.GetBytes(value, _destination.GetSpan(length));
        _destination.Advance(length);
    }

    /// <summary>Reserves zeroed bytes and lets the caller fill them at once.</summary>
    public void WriteWith<TState>(int length, TState state, SpanAction<byte, TState> fill)
        where TState : allows ref struct
    {
        ArgumentNullException.ThrowIfNull(fill);
        Span<byte> span = _destination.GetSpan(length)[..length];
        span.Clear();
        fill(span, state);
        _destination.Advance(length);
    }
}
