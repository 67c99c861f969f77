using FedHe.Crypto.LinearTags;
using FedHe.Orchestration.Identities;
using FedHe.Orchestration.Messages;
using FedHe.Orchestration.RoundKeys;
using FedHe.Orchestration.RoundKeys.Inspections;

namespace FedHe.Orchestration.Tests.Inspections;

/// <summary>A tag that a malicious client makes wrong.</summary>
public enum SpoiledTag
{
    /// <summary>The tag of the values in clear.</summary>
    Clear,

    /// <summary>The tag of the first segment.</summary>
    Segment,

    /// <summary>The first tag of the protected round key.</summary>
    Outer,

    /// <summary>The tag of the round key.</summary>
    Key,
}

/// <summary>
/// A spoiler makes a tag of a client's uploads wrong, and shows in an inspection what it uploaded: a client that is malicious and
/// consistent.
/// </summary>
internal sealed class Spoiler(RoundKeyProtocol protocol, ClientIdentity identity, SpoiledTag tag)
{
    /// <summary>Returns what the malicious client sends in the place of a message of an honest one.</summary>
    public ReadOnlyMemory<byte> Pass(ReadOnlyMemory<byte> message, FederationMessage parsed) => parsed switch
    {
        Upload upload => Sign(new Upload(upload.Slot, Spoil(ProtectedUpdate.TryRead(upload.Update)!).ToArray())),
        Showing showing => Sign(showing with { Shown = Spoil(showing), ShownDigest = Crypto.Identities.Digest.Compute(Spoil(showing)) }),
        _ => message,
    };

    /// <summary>The index of the wrong tag.</summary>
    public int Index => tag switch
    {
        SpoiledTag.Clear => 0,
        SpoiledTag.Segment => protocol.FirstSegmentTag,
        SpoiledTag.Outer => protocol.TagsOf(InspectedPart.Keys).First,
        _ => protocol.Lengths.TagCount - 1,
    };

    private ProtectedUpdate Spoil(ProtectedUpdate upload) => upload with { Tags = Flip(upload.Tags, Index) };

    private byte[] Spoil(Showing showing)
    {
        ShownPart part = ShownPart.TryRead(showing.Shown)!;
        (int first, int count) = protocol.TagsOf(showing.Part);
        return Index >= first && Index < first + count
            ? (part with { Tags = Flip(part.Tags, Index - first) }).ToArray()
            : showing.Shown.ToArray();
    }

    /// <summary>Changes the lowest bit of a tag, which stays below its prime.</summary>
    private static byte[] Flip(ReadOnlyMemory<byte> tags, int index)
    {
        byte[] bytes = tags.ToArray();
        bytes[index * LinearTag.SizeInBytes] ^= 1;
        return bytes;
    }

    private byte[] Sign(ClientMessage message) => MessageFormat.WriteSigned(message, protocol.Outer!.Parameters.Id, identity);
}
