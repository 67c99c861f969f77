using System.Buffers;
using System.Buffers.Binary;
using FedHe.Crypto.Bounds;
using FedHe.Crypto.Errors;
using FedHe.Crypto.Identities;
using FedHe.Crypto.Keys;
using FedHe.Crypto.Serialization;

namespace FedHe.Crypto.Tests.Serialization;

public sealed class WireReaderTests
{
    private static readonly Digest Parameters = Digest.Compute("parameters"u8);

    private delegate void Write(WireWriter writer);

    private delegate void Read(ref WireReader reader);

    [Fact]
    public void Fields_WrittenAndRead_AreTheSame()
    {
        var keyId = new KeyId("0123456789abcdef"u8);
        var bound = new VectorBound(1, 0.5, 2, 4);
        byte[] bytes = Bytes(writer =>
        {
            writer.WriteByte(7);
            writer.WriteUInt16(65_000);
            writer.WriteInt32(-5);
            writer.WriteInt64(long.MinValue);
            writer.WriteUInt64(ulong.MaxValue);
            writer.WriteDouble(-1.25);
            writer.WriteDigest(Parameters);
            writer.WriteKeyId(keyId);
            writer.WriteBound(bound);
            writer.WriteString("Größe");
            writer.WriteWith(3, (byte)9, static (span, value) => span.Fill(value));
        });
        var reader = new WireReader(bytes);

        reader.ReadByte().Should().Be(7);
        reader.ReadUInt16().Should().Be(65_000);
        reader.ReadInt32(-5, -5).Should().Be(-5);
        reader.ReadInt64().Should().Be(long.MinValue);
        reader.ReadUInt64().Should().Be(ulong.MaxValue);
        reader.ReadDouble(-2, 2).Should().Be(-1.25);
        reader.ReadDigest().Should().Be(Parameters);
        reader.ReadKeyId().Should().Be(keyId);
        reader.ReadBound().Should().Be(bound);
        reader.ReadString(maxBytes: 7).Should().Be("Größe");
        reader.ReadBytes(3).ToArray().Should().Equal(9, 9, 9);
        reader.ExpectEnd();
        reader.Failed.Should().BeFalse();
    }

    [Fact]
    public void Numbers_OnTheWire_AreLittleEndian()
        => Bytes(writer =>
        {
            writer.WriteUInt16(0x0102);
            writer.WriteInt32(0x03040506);
            writer.WriteInt64(0x0708090A0B0C0D0E);
        }).Should().Equal(2, 1, 6, 5, 4, 3, 0x0E, 0x0D, 0x0C, 0x0B, 0x0A, 9, 8, 7);

    [Fact]
    public void Failure_TheFirstOne_SticksAndEverythingAfterItIsEmpty()
    {
        var reader = new WireReader([1, 2, 3, 4, 5, 6, 7, 8]);

        reader.ReadInt32(0, 10).Should().Be(0, "the value is out of range");
        reader.Fail(FormatError.Inconsistent);
        reader.Require(false, FormatError.BadMagic);

        reader.Error.Should().Be(FormatError.FieldOutOfRange);
        reader.Remaining.Should().Be(0);
        reader.ReadByte().Should().Be(0);
        reader.ReadUInt16().Should().Be(0);
        reader.ReadInt32(5, 9).Should().Be(0);
        reader.ReadInt64(5, 9).Should().Be(0);
        reader.ReadDouble(1, 2).Should().Be(0);
        reader.ReadBytes(1).IsEmpty.Should().BeTrue();
        reader.ReadString(10).Should().BeEmpty();
        reader.ReadBound().Should().Be(default(VectorBound));
        reader.ReadKeyId().Should().Be(default(KeyId));
        reader.Error.Should().Be(FormatError.FieldOutOfRange);
    }

    [Fact]
    public void Reads_BeyondTheEnd_AreTruncations()
    {
        Read[] reads =
        [
            static (ref WireReader reader) => reader.ReadByte(),
            static (ref WireReader reader) => reader.ReadUInt16(),
            static (ref WireReader reader) => reader.ReadInt32(int.MinValue, int.MaxValue),
            static (ref WireReader reader) => reader.ReadInt64(),
            static (ref WireReader reader) => reader.ReadUInt64(),
            static (ref WireReader reader) => reader.ReadDouble(double.MinValue, double.MaxValue),
            static (ref WireReader reader) => reader.ReadBytes(1),
            static (ref WireReader reader) => reader.ReadBytes(-1),
            static (ref WireReader reader) => reader.ReadBytes(int.MaxValue),
            static (ref WireReader reader) => reader.ReadDigest(),
            static (ref WireReader reader) => reader.ReadKeyId(),
            static (ref WireReader reader) => reader.ReadString(100),
            static (ref WireReader reader) => reader.ReadBound(),
        ];

        foreach (Read read in reads)
        {
            var reader = new WireReader([]);
            read(ref reader);
            reader.Error.Should().Be(FormatError.Truncated);
        }
    }

    [Theory]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    [InlineData(double.NegativeInfinity)]
    [InlineData(-0.5)]
    public void Bound_WithAFieldThatIsNoBound_IsRefused(double value)
    {
        VectorBound[] bounds =
        [
            new(value, 1, 1, 1), new(1, value, 1, 1), new(1, 1, value, 1), new(1, 1, 1, value), new(0, 1, 1, 1),
        ];
        foreach (VectorBound bound in bounds)
        {
            var reader = new WireReader(Bytes(writer => writer.WriteBound(bound)));
            reader.ReadBound();
            reader.Error.Should().Be(FormatError.FieldOutOfRange);
        }
    }

    [Fact]
    public void String_LongerThanAllowedOrNotUtf8_IsRefused()
    {
        ErrorOf(Bytes(writer => writer.WriteString("four")), (ref WireReader reader) => reader.ReadString(3))
            .Should().Be(FormatError.LimitExceeded);
        ErrorOf([2, 0, 0xC3, 0x28], (ref WireReader reader) => reader.ReadString(3)).Should().Be(FormatError.FieldOutOfRange);
        FluentActions.Invoking(() => Bytes(writer => writer.WriteString(new string('x', 65_536)))).Should().Throw<ArgumentException>();
    }

    [Fact]
    public void Header_SpoiltInOneField_NamesThatField()
    {
        byte[] valid = Bytes(writer =>
        {
            writer.WriteHeader(WireKind.PublicKey, Parameters, payloadLength: 2);
            writer.WriteUInt16(7);
        });
        valid.Length.Should().Be(WireHeader.SizeInBytes + 2);

        HeaderError(valid).Should().Be(FormatError.None);
        HeaderError(Spoilt(valid, 0)).Should().Be(FormatError.BadMagic);
        HeaderError(Spoilt(valid, 4)).Should().Be(FormatError.WrongKind);
        HeaderError(Spoilt(valid, 6)).Should().Be(FormatError.UnsupportedVersion);
        HeaderError(Spoilt(valid, 39)).Should().Be(FormatError.WrongParameters);
        HeaderError(WithPayload(valid, -1)).Should().Be(FormatError.LimitExceeded);
        HeaderError(WithPayload(valid, long.MaxValue)).Should().Be(FormatError.LimitExceeded);
        HeaderError(WithPayload(valid, long.MinValue)).Should().Be(FormatError.LimitExceeded);
        HeaderError(WithPayload(valid, 3)).Should().Be(FormatError.Truncated);
        HeaderError(WithPayload(valid, 1)).Should().Be(FormatError.TrailingBytes);
        HeaderError(valid, maxBytes: valid.Length - 1).Should().Be(FormatError.LimitExceeded);
        HeaderError(valid, maxBytes: 0).Should().Be(FormatError.LimitExceeded);
        HeaderError(valid[..^1]).Should().Be(FormatError.Truncated);
        HeaderError([.. valid, 0]).Should().Be(FormatError.TrailingBytes);
    }

    [Fact]
    public void Header_OfAnObjectOfWhichTheBeginningIsThere_IsCheckedAgainstItsWholeLength()
    {
        const long Whole = 1L << 40;
        byte[] beginning = Bytes(writer => writer.WriteHeader(WireKind.PublicKey, Parameters, Whole - WireHeader.SizeInBytes));
        HeaderErrorOf(Whole).Should().Be(FormatError.None);
        HeaderErrorOf(Whole - 1).Should().Be(FormatError.Truncated);
        HeaderErrorOf(Whole + 1).Should().Be(FormatError.TrailingBytes);

        FormatError HeaderErrorOf(long available) => ErrorOf(
            beginning, (ref WireReader reader) => reader.ReadHeader(WireKind.PublicKey, Parameters, long.MaxValue, available));
    }

    private static FormatError HeaderError(byte[] bytes, int maxBytes = 1000)
        => ErrorOf(bytes, (ref WireReader reader) => reader.ReadHeader(WireKind.PublicKey, Parameters, maxBytes));

    private static byte[] Spoilt(byte[] bytes, int offset)
    {
        byte[] copy = [.. bytes];
        copy[offset] ^= 1;
        return copy;
    }

    private static byte[] WithPayload(byte[] bytes, long length)
    {
        byte[] copy = [.. bytes];
        BinaryPrimitives.WriteInt64LittleEndian(copy.AsSpan(40), length);
        return copy;
    }

    private static FormatError ErrorOf(byte[] bytes, Read read)
    {
        var reader = new WireReader(bytes);
        read(ref reader);
        return reader.Error;
    }

    private static byte[] Bytes(Write write)
    {
        var buffer = new ArrayBufferWriter<byte>();
        write(new WireWriter(buffer));
        return buffer.WrittenSpan.ToArray();
    }
}
