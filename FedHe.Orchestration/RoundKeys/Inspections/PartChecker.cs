using FedHe.Crypto.Identities;
using FedHe.Crypto.LinearTags;
using FedHe.Crypto.Serialization;
using FedHe.MLBridge.Updates;
using FedHe.Orchestration.Messages;
using FedHe.Orchestration.Wire;

namespace FedHe.Orchestration.RoundKeys.Inspections;

/// <summary>
/// A part checker tells whether the tags of one part of another client's upload are right, with the clients' common key of tags. It
/// decrypts nothing whose tags it has not verified, and keeps nothing.
/// </summary>
/// <param name="protocol">The protocol of the job.</param>
/// <param name="keys">Verifies the tags of protected round keys.</param>
/// <param name="tagKey">The clients' common key of tags.</param>
internal sealed class PartChecker(RoundKeyProtocol protocol, KeySumVerifier keys, TagKey tagKey)
{
    /// <summary>Returns the checker of the uploads of a round.</summary>
    /// <param name="round">The round, from 1.</param>
    public PartChecker In(int round) => new(protocol.In(round), keys, tagKey);

    /// <summary>Tells whether a part has the tags that its contributor should have made.</summary>
    /// <param name="shown">The part.</param>
    /// <param name="part">Which part it is.</param>
    /// <param name="attempt">The attempt.</param>
    /// <param name="contributor">The contributor, as the list names it.</param>
    public bool IsRight(ShownPart shown, InspectedPart part, Attempt attempt, Contributor contributor)
    {
        if (protocol.TryReadTags(shown.Tags.Span, part) is not LinearTag[] tags)
        {
            return false;
        }

        LinearPad[] pads = PadsOf(attempt, contributor, part);
        using var hasher = new ContentHasher(tagKey, attempt, protocol.Parameters);
        return part == InspectedPart.Keys
            ? keys.AreRight(shown.Content.Span, tags, pads, hasher, contributors: 1)
            : AreValuesRight(shown.Content, attempt, tags, pads, hasher);
    }

    private LinearPad[] PadsOf(Attempt attempt, Contributor contributor, InspectedPart part)
    {
        using var own = new ContributorPads(tagKey, attempt, contributor, protocol);
        (int first, int count) = protocol.TagsOf(part);
        var pads = new LinearPad[protocol.Lengths.TagCount];
        for (int i = first; i < first + count; i++)
        {
            pads[i] = own.PadAt(i);
        }

        return pads;
    }

    /// <summary>Checks the tags of an update. The server has checked its head, and pads depend on all of it that counts.</summary>
    private bool AreValuesRight(ReadOnlyMemory<byte> content, Attempt attempt, LinearTag[] tags, LinearPad[] pads, ContentHasher hasher)
    {
        var reader = new WireReader(content.Span);
        Digest @base = reader.ReadDigest();
        ReadOnlyMemory<byte> bytes = reader.ReadLongBytes(content);
        reader.ExpectEnd();
        if (reader.Failed || @base != attempt.Base
            || !new UpdateReader(protocol.Inner, protocol.Terms).TryRead(bytes, out EncryptedModelUpdate? update, out _))
        {
            return false;
        }

        using (update)
        {
            return IsClearRight(update, tags, pads, hasher) && AreSegmentsRight(update, attempt, tags, pads, hasher);
        }
    }

    private bool AreSegmentsRight(EncryptedModelUpdate update, Attempt attempt, LinearTag[] tags, LinearPad[] pads, ContentHasher hasher)
    {
        KeyId attemptKey = protocol.Parameters.KeyIdOf(attempt.PublicSeed);
        var isRight = new bool[update.SegmentCount];
        SegmentWork.Run(update.SegmentCount, protocol.Inner.MaxDegreeOfParallelism, i => update.UseSegment(i, vector =>
        {
            int tag = protocol.FirstSegmentTag + i;
            isRight[i] = vector.KeyId == attemptKey
                && TagModulus.Default.Verify(tags[tag], pads[tag], hasher.OfSegment(i, vector, maxDegreeOfParallelism: 1));
        }));
        return !isRight.Contains(false);
    }

    private bool IsClearRight(EncryptedModelUpdate update, LinearTag[] tags, LinearPad[] pads, ContentHasher hasher)
        => protocol.Lengths.ClearCount == 0
            || TagModulus.Default.Verify(tags[0], pads[0], hasher.OfClear(protocol.Lengths.ClearCount, update.CopyClearTo, contributors: 1));
}
