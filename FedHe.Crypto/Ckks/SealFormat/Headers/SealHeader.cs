using FedHe.Crypto.Errors;
using FedHe.Crypto.Serialization;

namespace FedHe.Crypto.Ckks.SealFormat.Headers;

/// <summary>
/// A SEAL header is the 16 bytes before every SEAL object: magic number, length of the header, version, compression,
/// two zeros, and the length of the object, header included.
/// </summary>
internal readonly record struct SealHeader(SealVersion Version, byte Compression, ulong Size)
{
    public const int SizeInBytes = 16;

    private const ushort Magic = 0xA15E;

    public static SealHeader Read(ref WireReader reader)
    {
        reader.Require(reader.ReadUInt16() == Magic, FormatError.BadMagic);
        reader.Require(reader.ReadByte() == SizeInBytes, FormatError.BadMagic);
        var version = new SealVersion(reader.ReadByte(), reader.ReadByte());
        reader.Require(version.IsReadable, FormatError.UnsupportedVersion);
        byte compression = reader.ReadByte();
        reader.Require(reader.ReadUInt16() == 0, FormatError.FieldOutOfRange);
        return new SealHeader(version, compression, reader.ReadUInt64());
    }

    /// <summary>Reads the header of an inner object, which has a known length and is never compressed.</summary>
    public static void ReadInner(ref WireReader reader, long contentLength)
    {
        SealHeader header = Read(ref reader);
        reader.Require(header.Compression == (byte)SealCompression.None, FormatError.FieldOutOfRange);
        reader.Require(header.Size == (ulong)contentLength + SizeInBytes, FormatError.Inconsistent);
    }

    /// <summary>Writes the header of an inner object.</summary>
    public static void WriteInner(WireWriter writer, SealVersion version, long contentLength)
        => new SealHeader(version, (byte)SealCompression.None, (ulong)contentLength + SizeInBytes).Write(writer);

    public void Write(WireWriter writer)
    {
        writer.WriteUInt16(Magic);
        writer.WriteByte(SizeInBytes);
        writer.WriteByte(Version.Major);
        writer.WriteByte(Version.Minor);
        writer.WriteByte(Compression);
        writer.WriteUInt16(0);
        writer.WriteUInt64(Size);
    }
}
