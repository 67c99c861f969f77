using FedHe.Crypto.Errors;
using FedHe.Crypto.Identities;
using FedHe.Crypto.KeyAdditive;
using FedHe.Crypto.KeyAdditive.Keys;
using FedHe.Crypto.LinearTags;
using FedHe.Crypto.Operations;
using FedHe.MLBridge.Aggregation;
using FedHe.MLBridge.Averaging;
using FedHe.MLBridge.Errors;
using FedHe.MLBridge.Layout;
using FedHe.Orchestration.Errors;
using FedHe.Orchestration.Messages;

namespace FedHe.Orchestration.RoundKeys;

/// <summary>
/// An aggregate opener is the client's part of a sum: it verifies everything that the server sends before it decrypts
/// anything of it.
/// </summary>
/// <param name="protocol">The protocol of the job.</param>
/// <param name="inner">Opens sums with sums of round keys.</param>
/// <param name="keys">Opens sums of round keys.</param>
/// <param name="tagKey">The clients' common key of tags.</param>
/// <param name="jobId">The job.</param>
/// <param name="jobDigest">The digest of the job.</param>
/// <param name="epoch">The epoch of the key of tags.</param>
internal sealed class AggregateOpener(
    RoundKeyProtocol protocol, KeyAdditiveContext inner, IKeySumOpener keys, TagKey tagKey, Guid jobId, Digest jobDigest, int epoch)
{
    /// <summary>Verifies and opens a sum whose list keeps the rules of the job, or returns the reason of a refusal.</summary>
    /// <param name="sum">The sum.</param>
    /// <param name="template">The model whose layout and buffers the average takes.</param>
    /// <param name="average">The average.</param>
    /// <param name="opening">Is called when everything is verified, the sum of round keys too, before any value is decrypted.</param>
    /// <param name="failing">Is called with the first part that has a wrong tag.</param>
    public IgnoredReason? TryOpen(
        VerifiableAggregate sum, ModelParameters template, out AveragedModel? average, Action? opening = null, Action<InspectedPart>? failing = null)
    {
        AveragedModel? opened = null;
        IgnoredReason? reason = TryOpen(sum, (decryptor, aggregate) => opened = decryptor.Decrypt(aggregate, template), opening, failing);
        average = opened;
        return reason;
    }

    /// <summary>Verifies a sum whose list keeps the rules of the job and has it decrypted, or returns the reason of a refusal.</summary>
    /// <param name="sum">The sum.</param>
    /// <param name="decrypt">Decrypts the aggregate, which was verified.</param>
    /// <param name="opening">Is called when everything is verified, the sum of round keys too, before any value is decrypted.</param>
    /// <param name="failing">Is called with the first part that has a wrong tag.</param>
    public IgnoredReason? TryOpen(
        VerifiableAggregate sum,
        Action<AggregateDecryptor, EncryptedAggregate> decrypt,
        Action? opening = null,
        Action<InspectedPart>? failing = null)
    {
        ContributorList list = sum.List;
        int contributors = list.Contributors.Length;
        Attempt attempt = list.AttemptOf(jobDigest, epoch);
        if (protocol.TryReadTags(list.Tags.Span) is not LinearTag[] tags || ListedSum.TryRead(sum, protocol) is not EncryptedAggregate aggregate)
        {
            return IgnoredReason.BadAggregate;
        }

        using (aggregate)
        {
            if (!ListedSum.IsOfList(aggregate, list, protocol, jobId, keys.ListedBytes(sum.KeySum.Span)))
            {
                return IgnoredReason.NotTheListedSum;
            }

            LinearPad[] pads = PadSums.Of(tagKey, attempt, list, protocol);
            using var hasher = new ContentHasher(tagKey, attempt, protocol.Parameters);
            IgnoredReason? refused = ListedSum.CheckSegments(aggregate, list, attempt, protocol, (i, vector) => TagModulus.Default.Verify(
                tags[protocol.FirstSegmentTag + i],
                pads[protocol.FirstSegmentTag + i],
                hasher.OfSegment(i, vector, maxDegreeOfParallelism: 1)));
            if (refused is null && !VerifyClear(aggregate, tags, pads, hasher, contributors))
            {
                refused = IgnoredReason.BadTag;
            }

            if (refused is not null)
            {
                return Fail(refused.Value, InspectedPart.Values, failing);
            }

            using RoundKeySum? key = keys.TryOpen(sum.KeySum, list, attempt, tags, pads, hasher);
            return key is null ? Fail(keys.Failure, InspectedPart.Keys, failing) : Open(aggregate, key, decrypt, opening);
        }
    }

    /// <summary>Verifies a sum of round keys whose list keeps the rules of the job, or returns the reason of a refusal.</summary>
    /// <param name="sum">The sum, without values.</param>
    /// <param name="verifier">Verifies sums of round keys without opening them.</param>
    public IgnoredReason? VerifyKeys(VerifiableAggregate sum, KeySumVerifier verifier)
    {
        ContributorList list = sum.List;
        int contributors = list.Contributors.Length;
        if (contributors > protocol.Parameters.MaxContributors || !sum.Aggregate.IsEmpty
            || protocol.TryReadTags(list.Tags.Span, InspectedPart.Keys) is not LinearTag[] tags)
        {
            return IgnoredReason.BadAggregate;
        }

        if (!ContentDigests.MatchKeys(list, sum.KeySum.Span))
        {
            return IgnoredReason.NotTheListedSum;
        }

        Attempt attempt = list.AttemptOf(jobDigest, epoch);
        using var hasher = new ContentHasher(tagKey, attempt, protocol.Parameters);
        return verifier.AreRight(sum.KeySum.Span, tags, PadSums.Of(tagKey, attempt, list, protocol), hasher, contributors) ? null : IgnoredReason.BadTag;
    }

    private static IgnoredReason Fail(IgnoredReason reason, InspectedPart part, Action<InspectedPart>? failing)
    {
        if (reason == IgnoredReason.BadTag)
        {
            failing?.Invoke(part);
        }

        return reason;
    }

    private IgnoredReason? Open(
        EncryptedAggregate aggregate, RoundKeySum key, Action<AggregateDecryptor, EncryptedAggregate> decrypt, Action? opening)
    {
        opening?.Invoke();
        try
        {
            decrypt(new AggregateDecryptor(inner.CreateDecryptor(key), protocol.Terms), aggregate);
            return null;
        }
        catch (PositionsMismatchException)
        {
            return IgnoredReason.OtherPositions;
        }
        catch (HeException)
        {
            // Values that no honest sum has, or hidden weights too small compared with the noise.
            return IgnoredReason.BadAggregate;
        }
    }

    /// <summary>Verifies the tag of the sums in clear, if there are any.</summary>
    private bool VerifyClear(EncryptedAggregate aggregate, LinearTag[] tags, LinearPad[] pads, ContentHasher hasher, int contributors)
        => protocol.Lengths.ClearCount == 0
            || TagModulus.Default.Verify(tags[0], pads[0], hasher.OfClear(protocol.Lengths.ClearCount, aggregate.CopyClearTo, contributors));
}
