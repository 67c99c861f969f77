using System.Buffers;
using System.Buffers.Binary;
using FedHe.Crypto.Identities;
using FedHe.Crypto.Serialization;
using FedHe.Orchestration.Messages;

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
    /// <summary>The length in bytes of what stands before the model update: the digest of the chain, and the length of the update.</summary>
    public const int HeadLength = Digest.SizeInBytes + sizeof(long);

    /// <summary>Computes the length in bytes of a protected update with parts of given lengths.</summary>
    public static long LengthOf(long updateLength, long wrappedKeyLength, int tagsLength)
        => (2 * Digest.SizeInBytes) + sizeof(long) + (2 * sizeof(int)) + updateLength + wrappedKeyLength + tagsLength;

    /// <summary>Computes the length in bytes of what is behind the update, with parts of given lengths.</summary>
    public static long EndLengthOf(long wrappedKeyLength, long tagsLength) => Digest.SizeInBytes + (2 * sizeof(int)) + wrappedKeyLength + tagsLength;

    /// <summary>Writes the fields before the encrypted model update, which must follow.</summary>
    public static void WriteBeginning(IBufferWriter<byte> destination, Digest @base, long updateLength)
    {
        var writer = new WireWriter(destination);
        writer.WriteDigest(@base);
        writer.WriteInt64(updateLength);
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
    public static int BeginningLength(ReadOnlySpan<byte> bytes) => (int)BeginningLength(bytes, bytes.Length);

    /// <summary>Computes in one pass over the bytes the range digests of a protected update and of its bytes up to the end of the model update.</summary>
    /// <param name="source">The bytes; untrusted.</param>
    /// <param name="start">Where they begin in their message.</param>
    /// <param name="degree">The largest number of threads, at least 1, or -1 for a thread for each core.</param>
    public static (Digest Whole, Digest Beginning) DigestsOf(MessageContent source, long start, int degree)
        => source.ComputeDigests(start, BeginningLength(source.Read(0, (int)Math.Min(source.Length, HeadLength)).Span, source.Length), degree);

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
        ProtectedUpdate? read = TryRead(MessageContent.Of(source), long.MaxValue, out MessageContent update);
        return read is null ? null : read with { Update = update.Read(0, (int)update.Length) };
    }

    /// <summary>Parses exactly one protected update but for the model update in it, or returns null.</summary>
    /// <param name="source">The bytes; untrusted.</param>
    /// <param name="longestEnd">The largest length in bytes of what is behind the model update, which stands in memory as a whole.</param>
    /// <param name="update">The model update, which the result does not have.</param>
    public static ProtectedUpdate? TryRead(MessageContent source, long longestEnd, out MessageContent update)
    {
        update = source;
        ReadOnlySpan<byte> head = source.Read(0, (int)Math.Min(source.Length, HeadLength)).Span;
        if (head.Length < HeadLength || LengthIn(head) < 0 || LengthIn(head) > source.Length - HeadLength)
        {
            return null;
        }

        update = source.Slice(HeadLength, LengthIn(head));
        long end = HeadLength + update.Length;
        if (source.Length - end > longestEnd)
        {
            return null;
        }

        ReadOnlyMemory<byte> rest = source.Read(end, checked((int)(source.Length - end)));
        var reader = new WireReader(rest.Span);
        var read = new ProtectedUpdate(
            new Digest(head[..Digest.SizeInBytes]),
            Update: default,
            reader.ReadBytesWithLength(rest),
            reader.ReadDigest(),
            reader.ReadBytesWithLength(rest));
        reader.ExpectEnd();
        return reader.Failed ? null : read;
    }

    private static long LengthIn(ReadOnlySpan<byte> head) => BinaryPrimitives.ReadInt64LittleEndian(head[Digest.SizeInBytes..]);

    /// <summary>Returns the length of the bytes up to the end of the model update, of bytes with a length, from the first of them.</summary>
    public static long BeginningLength(ReadOnlySpan<byte> head, long length) => head.Length < HeadLength ? Math.Min(length, head.Length) : HeadLength + Math.Clamp(LengthIn(head), 0, Math.Max(0, length - HeadLength));
}
