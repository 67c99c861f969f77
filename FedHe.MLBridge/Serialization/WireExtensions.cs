using FedHe.Crypto.Serialization;
using FedHe.MLBridge.Layout;

namespace FedHe.MLBridge.Serialization;

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
}
