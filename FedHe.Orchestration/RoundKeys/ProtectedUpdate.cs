using System.Buffers;
using FedHe.Crypto.Identities;
using FedHe.Crypto.Serialization;

namespace FedHe.Orchestration.RoundKeys;

/// <summary>A protected update is what a client uploads under round keys.</summary>
/// <param name="Base">The digest of the chain that the client trained from.</param>
/// <param name="Nonce">The nonce of the client's pads.</param>
/// <param name="WrappedKey">The round key, encrypted under the job's scheme.</param>
/// <param name="Tags">The tags, one after the other.</param>
/// <param name="Update">The encrypted model update.</param>
internal sealed record ProtectedUpdate(
    Digest Base, Digest Nonce, ReadOnlyMemory<byte> WrappedKey, ReadOnlyMemory<byte> Tags, ReadOnlyMemory<byte> Update)
{
    public int Length => (2 * Digest.SizeInBytes) + (3 * sizeof(int)) + WrappedKey.Length + Tags.Length + Update.Length;

    public byte[] ToArray()
    {
        var bytes = new ArrayBufferWriter<byte>(Length);
        var writer = new WireWriter(bytes);
        writer.WriteDigest(Base);
        writer.WriteDigest(Nonce);
        writer.WriteBytesWithLength(WrappedKey.Span);
        writer.WriteBytesWithLength(Tags.Span);
        writer.WriteBytesWithLength(Update.Span);
        return bytes.WrittenSpan.ToArray();
    }

    /// <summary>Parses exactly one protected update, or returns null.</summary>
    public static ProtectedUpdate? TryRead(ReadOnlyMemory<byte> source)
    {
        var reader = new WireReader(source.Span);
        var update = new ProtectedUpdate(
            reader.ReadDigest(),
            reader.ReadDigest(),
            reader.ReadBytesWithLength(source),
            reader.ReadBytesWithLength(source),
            reader.ReadBytesWithLength(source));
        reader.ExpectEnd();
        return reader.Failed ? null : update;
    }
}
