using FedHe.Crypto.Identities;
using FedHe.Crypto.Serialization;
using FedHe.MLBridge.Identities;
using FedHe.Orchestration.Messages;

namespace FedHe.Orchestration.RoundKeys.Inspections;

/// <summary>A shown part is what a client shows of an upload in an inspection: never more than one of its two parts.</summary>
/// <param name="Content">The bytes of the upload up to the end of the update, or the protected round key.</param>
/// <param name="Tags">The tags of the content, one after the other.</param>
internal sealed record ShownPart(ReadOnlyMemory<byte> Content, ReadOnlyMemory<byte> Tags)
{
    // A message with the part is one array, with fields around the part that are shorter than this.
    private static readonly long LongestValues = Array.MaxLength - 4096;

    /// <summary>Computes the digest by which the server recognizes what it folded in.</summary>
    /// <param name="part">The part.</param>
    /// <param name="client">The client of the upload, whose name stands before the update.</param>
    /// <param name="degree">The largest number of threads, at least 1, or -1 for a thread for each core.</param>
    public Digest DigestOf(InspectedPart part, ClientId client, int degree)
        => PartDigests.Combine(
            part == InspectedPart.Values ? RangeDigest.Compute(Content.Span, MessageFormat.UpdateStartOf(client), degree) : Digest.Compute(Content.Span),
            Tags.Span);

    /// <summary>Cuts one part out of an upload, or returns null where the bytes are no protected update of the job.</summary>
    /// <param name="upload">The bytes of the protected update.</param>
    /// <param name="part">The part.</param>
    /// <param name="protocol">The protocol of the job.</param>
    public static ShownPart? TryCut(ReadOnlyMemory<byte> upload, InspectedPart part, RoundKeyProtocol protocol)
        => TryCut(MessageContent.Of(upload), part, protocol);

    /// <summary>Cuts one part out of an upload, or returns null where the bytes are no protected update of the job, or the part is longer than a message with it can be.</summary>
    /// <param name="upload">The bytes of the protected update, wherever they are.</param>
    /// <param name="part">The part.</param>
    /// <param name="protocol">The protocol of the job.</param>
    public static ShownPart? TryCut(MessageContent upload, InspectedPart part, RoundKeyProtocol protocol)
    {
        if (ProtectedUpdate.TryRead(upload, Array.MaxLength, out MessageContent update) is not ProtectedUpdate parsed || protocol.TryReadTags(parsed.Tags.Span) is null)
        {
            return null;
        }

        long length = ProtectedUpdate.HeadLength + update.Length;
        ReadOnlyMemory<byte> tags = PartDigests.TagsOf(parsed, part, protocol);
        return part == InspectedPart.Keys ? new ShownPart(parsed.WrappedKey, tags)
            : length + tags.Length <= LongestValues ? new ShownPart(upload.Read(0, (int)length), tags)
            : null;
    }

    /// <summary>Parses exactly one shown part, or returns null.</summary>
    public static ShownPart? TryRead(ReadOnlyMemory<byte> source)
    {
        var reader = new WireReader(source.Span);
        var read = new ShownPart(reader.ReadBytesWithLength(source), reader.ReadBytesWithLength(source));
        reader.ExpectEnd();
        return reader.Failed ? null : read;
    }

    public byte[] ToArray()
    {
        var bytes = new ExactBuffer((2 * sizeof(int)) + (long)Content.Length + Tags.Length);
        var writer = new WireWriter(bytes);
        writer.WriteBytesWithLength(Content.Span);
        writer.WriteBytesWithLength(Tags.Span);
        return bytes.Complete();
    }
}
