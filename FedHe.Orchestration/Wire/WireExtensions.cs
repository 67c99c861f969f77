using FedHe.Crypto.Errors;
using FedHe.Crypto.Serialization;
using FedHe.MLBridge.Layout;
using FedHe.Orchestration.Identities;

namespace FedHe.Orchestration.Wire;

/// <summary>Fields that only objects of this layer have.</summary>
internal static class WireExtensions
{
    private const int GuidSize = 16;

    public static void WriteDigest(this WireWriter writer, Digest value)
        => writer.WriteWith(Digest.SizeInBytes, value, static (span, digest) => digest.CopyTo(span));

    public static Digest ReadDigest(this ref WireReader reader)
    {
        ReadOnlySpan<byte> bytes = reader.ReadBytes(Digest.SizeInBytes);
        return reader.Failed ? default : new Digest(bytes);
    }

    public static void WriteGuid(this WireWriter writer, Guid value)
        => writer.WriteWith(GuidSize, value, static (span, guid) => guid.TryWriteBytes(span, bigEndian: true, out _));

    public static Guid ReadGuid(this ref WireReader reader)
    {
        ReadOnlySpan<byte> bytes = reader.ReadBytes(GuidSize);
        return reader.Failed ? default : new Guid(bytes, bigEndian: true);
    }

    public static void WriteClientId(this WireWriter writer, ClientId value) => writer.WriteString(value.Value);

    public static ClientId ReadClientId(this ref WireReader reader)
    {
        string value = reader.ReadString(ClientId.MaxLength);
        reader.Require(ClientId.IsValid(value), FormatError.FieldOutOfRange);
        return reader.Failed ? default : new ClientId(value);
    }

    public static int ReadRound(this ref WireReader reader) => reader.ReadInt32(1, int.MaxValue);

    public static int ReadAttempt(this ref WireReader reader) => reader.ReadInt32(1, int.MaxValue);

    /// <summary>Writes bytes behind their length.</summary>
    public static void WriteBlock(this WireWriter writer, ReadOnlySpan<byte> value)
    {
        writer.WriteInt32(value.Length);
        writer.WriteBytes(value);
    }

    public static ReadOnlySpan<byte> ReadBlock(this ref WireReader reader)
        => reader.ReadBytes(reader.ReadInt32(0, int.MaxValue));

    /// <summary>Reads bytes behind their length as a slice of the memory that the reader reads, without copying.</summary>
    /// <param name="reader">A reader over all of <paramref name="source"/>.</param>
    /// <param name="source">What the reader reads.</param>
    public static ReadOnlyMemory<byte> ReadBlock(this ref WireReader reader, ReadOnlyMemory<byte> source)
    {
        int length = reader.ReadBlock().Length;
        int end = source.Length - reader.Remaining;
        return reader.Failed ? default : source[(end - length)..end];
    }
}
