using System.Security.Cryptography;
using FedHe.Crypto.Identities;
using FedHe.Crypto.LinearTags;
using FedHe.Crypto.Serialization;
using FedHe.Orchestration.Messages;

namespace FedHe.Orchestration.RoundKeys;

/// <summary>
/// Part digests name the two parts of an upload that a server folded in. The server keeps them instead of the upload, and recognizes
/// by them what a client shows later.
/// </summary>
/// <param name="Values">The digest of the update and its tags.</param>
/// <param name="Keys">The digest of the protected round key and its tags.</param>
internal readonly record struct PartDigests(Digest Values, Digest Keys)
{
    /// <summary>Computes the digests of an upload.</summary>
    /// <param name="upload">The upload.</param>
    /// <param name="beginning">The range digest of the upload's bytes up to the end of the update.</param>
    /// <param name="protocol">The protocol of the job.</param>
    public static PartDigests Of(ProtectedUpdate upload, Digest beginning, RoundKeyProtocol protocol)
        => new(
            Combine(beginning, TagsOf(upload, InspectedPart.Values, protocol).Span),
            Combine(Digest.Compute(upload.WrappedKey.Span), TagsOf(upload, InspectedPart.Keys, protocol).Span));

    /// <summary>Computes the digest of a part from the digest of its content and from its tags.</summary>
    public static Digest Combine(Digest content, ReadOnlySpan<byte> tags)
    {
        Span<byte> bytes = stackalloc byte[Digest.SizeInBytes];
        content.CopyTo(bytes);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(bytes);
        hash.AppendData(tags);
        hash.GetHashAndReset(bytes);
        return new Digest(bytes);
    }

    /// <summary>Returns the tags of one part of an upload.</summary>
    public static ReadOnlyMemory<byte> TagsOf(ProtectedUpdate upload, InspectedPart part, RoundKeyProtocol protocol)
    {
        (int first, int count) = protocol.TagsOf(part);
        return upload.Tags.Slice(first * LinearTag.SizeInBytes, count * LinearTag.SizeInBytes);
    }

    public static PartDigests Read(ref WireReader reader) => new(reader.ReadDigest(), reader.ReadDigest());

    public Digest Of(InspectedPart part) => part == InspectedPart.Values ? Values : Keys;

    public void Write(WireWriter writer)
    {
        writer.WriteDigest(Values);
        writer.WriteDigest(Keys);
    }
}
