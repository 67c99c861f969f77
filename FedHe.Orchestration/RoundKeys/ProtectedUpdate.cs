using System.Buffers;
using System.Buffers.Binary;
using System.Security.Cryptography;
using FedHe.Crypto.Identities;
using FedHe.Crypto.Serialization;

namespace FedHe.Orchestration.RoundKeys;

/// <summary>A protected update is what a client uploads under round keys.</summary>
/// <param name="Base">The digest of the chain that the client trained from.</param>
/// <param name="Update">The encrypted model update.</param>
/// <param name="WrappedKey">The round key, encrypted under the job's scheme.</param>
/// <param name="Nonce">The nonce of the client's pads.</param>
/// <param name="Tags">The tags, one after the other.</param>
/// <remarks>The fields are in the order in which a client can compute them, so that nothing is held back or copied.</remarks>
internal sealed record ProtectedUpdate(
    Digest Base, ReadOnlyMemory<byte> Update, ReadOnlyMemory<byte> WrappedKey, Digest Nonce, ReadOnlyMemory<byte> Tags)
{
    /// <summary>Computes the length in bytes of a protected update with parts of given lengths.</summary>
    public static long LengthOf(long updateLength, long wrappedKeyLength, int tagsLength)
        => (2 * Digest.SizeInBytes) + (3 * sizeof(int)) + updateLength + wrappedKeyLength + tagsLength;

    /// <summary>Writes the fields before the encrypted model update, which must follow.</summary>
    public static void WriteBeginning(IBufferWriter<byte> destination, Digest @base, int updateLength)
    {
        var writer = new WireWriter(destination);
        writer.WriteDigest(@base);
        writer.WriteInt32(updateLength);
    }

    /// <summary>Writes the fields after the encrypted model update.</summary>
    public static void WriteEnd(
        IBufferWriter<byte> destination, ReadOnlySpan<byte> wrappedKey, Digest nonce, ReadOnlySpan<byte> tags)
    {
        var writer = new WireWriter(destination);
        writer.WriteBytesWithLength(wrappedKey);
        writer.WriteDigest(nonce);
        writer.WriteBytesWithLength(tags);
    }

    /// <summary>Returns the length of the bytes up to the end of the update; of malformed bytes, some length that they have.</summary>
    public static int BeginningLength(ReadOnlySpan<byte> bytes)
    {
        const int Head = Digest.SizeInBytes + sizeof(int);
        long end = bytes.Length < Head ? bytes.Length : Head + (long)BinaryPrimitives.ReadUInt32LittleEndian(bytes[Digest.SizeInBytes..]);
        return (int)Math.Min(bytes.Length, end);
    }

    /// <summary>Computes in one pass the digest of a protected update and of its bytes up to the end of the model update.</summary>
    public static (Digest Whole, Digest Beginning) DigestsOf(ReadOnlySpan<byte> bytes)
    {
        int end = BeginningLength(bytes);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(bytes[..end]);
        var beginning = new Digest(hash.GetCurrentHash());
        hash.AppendData(bytes[end..]);
        return (new Digest(hash.GetHashAndReset()), beginning);
    }

    public byte[] ToArray()
    {
        var bytes = new ExactBuffer(LengthOf(Update.Length, WrappedKey.Length, Tags.Length));
        WriteBeginning(bytes, Base, Update.Length);
        bytes.Write(Update.Span);
        WriteEnd(bytes, WrappedKey.Span, Nonce, Tags.Span);
        return bytes.Complete();
    }

    /// <summary>Parses exactly one protected update, or returns null.</summary>
    public static ProtectedUpdate? TryRead(ReadOnlyMemory<byte> source)
    {
        var reader = new WireReader(source.Span);
        var update = new ProtectedUpdate(
            reader.ReadDigest(),
            reader.ReadBytesWithLength(source),
            reader.ReadBytesWithLength(source),
            reader.ReadDigest(),
            reader.ReadBytesWithLength(source));
        reader.ExpectEnd();
        return reader.Failed ? null : update;
    }
}
