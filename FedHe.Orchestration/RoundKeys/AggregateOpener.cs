using FedHe.Crypto.Ciphertexts;
using FedHe.Crypto.Errors;
using FedHe.Crypto.Identities;
using FedHe.Crypto.KeyAdditive;
using FedHe.Crypto.KeyAdditive.Keys;
using FedHe.Crypto.KeyAdditive.Protection;
using FedHe.Crypto.LinearTags;
using FedHe.Crypto.Operations;
using FedHe.Crypto.Serialization;
using FedHe.MLBridge.Aggregation;
using FedHe.MLBridge.Averaging;
using FedHe.MLBridge.Layout;
using FedHe.Orchestration.Errors;

namespace FedHe.Orchestration.RoundKeys;

/// <summary>
/// An aggregate opener is the client's part of a sum: it verifies everything that the server sends before it decrypts
/// anything of it.
/// </summary>
/// <param name="protocol">The protocol of the job.</param>
/// <param name="inner">Opens sums with sums of round keys.</param>
/// <param name="decryptor">Decrypts under the job's key.</param>
/// <param name="outerKey">The identity of the job's key.</param>
/// <param name="tagKey">The clients' common key of tags.</param>
/// <param name="jobId">The job.</param>
/// <param name="jobDigest">The digest of the job.</param>
/// <param name="form">The form of the client's own uploads.</param>
internal sealed class AggregateOpener(
    RoundKeyProtocol protocol, KeyAdditiveContext inner, IDecryptor decryptor, KeyId outerKey, TagKey tagKey, Guid jobId, Digest jobDigest, VectorForm form)
{
    private readonly RoundKeyProtection _protection = new(inner, protocol.Outer, form);

    /// <summary>Verifies and opens a sum whose list keeps the rules of the job, or returns the reason of a refusal.</summary>
    /// <param name="sum">The sum.</param>
    /// <param name="template">The model whose layout and buffers the average takes.</param>
    /// <param name="average">The average.</param>
    /// <param name="opening">Is called when everything is verified, the sum of round keys too, before any value is decrypted.</param>
    public IgnoredReason? TryOpen(
        VerifiableAggregate sum, ModelParameters template, out AveragedModel? average, Action? opening = null)
    {
        AveragedModel? opened = null;
        IgnoredReason? reason = TryOpen(sum, (decryptor, aggregate) => opened = decryptor.Decrypt(aggregate, template), opening);
        average = opened;
        return reason;
    }

    /// <summary>Verifies a sum whose list keeps the rules of the job and has it decrypted, or returns the reason of a refusal.</summary>
    /// <param name="sum">The sum.</param>
    /// <param name="decrypt">Decrypts the aggregate, which was verified.</param>
    /// <param name="opening">Is called when everything is verified, the sum of round keys too, before any value is decrypted.</param>
    public IgnoredReason? TryOpen(
        VerifiableAggregate sum, Action<AggregateDecryptor, EncryptedAggregate> decrypt, Action? opening = null)
    {
        ContributorList list = sum.List;
        int contributors = list.Contributors.Length;
        var attempt = new Attempt(jobDigest, list.Round, list.AttemptNumber, list.ReferenceWeight, list.Base);
        if (contributors > protocol.Parameters.MaxContributors
            || protocol.TryReadTags(list.Tags.Span) is not LinearTag[] tags
            || !new AggregateReader(protocol.Inner, protocol.Terms).TryRead(sum.Aggregate, out EncryptedAggregate? aggregate, out _))
        {
            return IgnoredReason.BadAggregate;
        }

        using (aggregate)
        {
            bool isOfList = aggregate.JobId == jobId
                && aggregate.Round == list.Round
                && aggregate.HasWeights([.. list.Contributors.Select(contributor => contributor.Weight)])
                && (aggregate.ReferenceWeight ?? list.ReferenceWeight) == list.ReferenceWeight
                && ContentDigests.MatchAllButSegments(list, aggregate, sum.KeySum.Span, protocol.Lengths.ClearCount);
            if (!isOfList)
            {
                return IgnoredReason.NotTheListedSum;
            }

            LinearPad[] pads = SumPads(attempt, list);
            using var hasher = new ContentHasher(tagKey, attempt, protocol.Parameters);
            if (VerifySegments(aggregate, list, attempt, tags, pads, hasher) is IgnoredReason reason)
            {
                return reason;
            }

            if (!VerifyClearAndOuter(aggregate, sum.KeySum.Span, tags, pads, hasher, contributors, out EncryptedVector? keySum))
            {
                return IgnoredReason.BadTag;
            }

            using (keySum)
            {
                return Open(aggregate, keySum!, attempt, tags[^1], pads[^1], hasher, contributors, decrypt, opening);
            }
        }
    }

    private IgnoredReason? Open(
        EncryptedAggregate aggregate,
        EncryptedVector keySum,
        Attempt attempt,
        LinearTag keyTag,
        LinearPad keyPad,
        ContentHasher hasher,
        int contributors,
        Action<AggregateDecryptor, EncryptedAggregate> decrypt,
        Action? opening)
    {
        using RoundKeySum? key = TryDecryptKey(keySum, attempt, contributors);
        if (key is null || !TagModulus.Default.Verify(keyTag, keyPad, hasher.OfKey(key)))
        {
            return IgnoredReason.BadTag;
        }

        opening?.Invoke();
        try
        {
            decrypt(new AggregateDecryptor(inner.CreateDecryptor(key), protocol.Terms), aggregate);
            return null;
        }
        catch (HeException)
        {
            // Values that no honest sum has, or hidden weights too small compared with the noise.
            return IgnoredReason.BadAggregate;
        }
    }

    /// <summary>Decrypts a sum of round keys, or returns null where it is none, which no honest sum with its tags is.</summary>
    private RoundKeySum? TryDecryptKey(EncryptedVector keySum, Attempt attempt, int contributors)
    {
        try
        {
            return _protection.Decrypt(keySum, decryptor, attempt.PublicSeed, contributors);
        }
        catch (HeException)
        {
            return null;
        }
    }

    /// <summary>Compares the digest and verifies the tag of every segment, in one pass over the sum.</summary>
    private IgnoredReason? VerifySegments(
        EncryptedAggregate aggregate, ContributorList list, Attempt attempt, LinearTag[] tags, LinearPad[] pads, ContentHasher hasher)
    {
        KeyId attemptKey = protocol.Parameters.KeyIdOf(attempt.PublicSeed);
        var isOfList = new bool[aggregate.SegmentCount];
        var isTagged = new bool[aggregate.SegmentCount];
        SegmentWork.Run(aggregate.SegmentCount, protocol.Inner.MaxDegreeOfParallelism, i => aggregate.UseSegment(i, vector =>
        {
            int tag = protocol.FirstSegmentTag + i;
            isOfList[i] = ContentDigests.MatchSegment(list, i, vector);
            isTagged[i] = vector.KeyId == attemptKey && TagModulus.Default.Verify(tags[tag], pads[tag], hasher.OfSegment(i, vector, maxDegreeOfParallelism: 1));
        }));
        return isOfList.Contains(false) ? IgnoredReason.NotTheListedSum
            : isTagged.Contains(false) ? IgnoredReason.BadTag
            : null;
    }

    /// <summary>Verifies the tags of the sums in clear and of the sum of protected keys, before that sum is decrypted.</summary>
    private bool VerifyClearAndOuter(
        EncryptedAggregate aggregate,
        ReadOnlySpan<byte> keySumBytes,
        LinearTag[] tags,
        LinearPad[] pads,
        ContentHasher hasher,
        int contributors,
        out EncryptedVector? keySum)
    {
        var limits = new WireLimits(protocol.Parameters.Degree, Math.Max(keySumBytes.Length, 1));
        if (!protocol.Outer.Reader.TryRead(keySumBytes, limits, out keySum, out _))
        {
            return false;
        }

        // Every part of an upload is at most 1, and so the head of the sum states the number of contributors.
        bool isValid = keySum.KeyId == outerKey && keySum.Length == protocol.Parameters.Degree && keySum.SpentDepth == 0
            && keySum.Bound.MaxAbs.Equals((double)contributors);
        for (int i = 0; i < tags.Length && isValid; i++)
        {
            (TagKind kind, int prime, TagModulus modulus) = protocol.TagAt(i);
            isValid = kind switch
            {
                TagKind.Clear => modulus.Verify(
                    tags[i], pads[i], OfClear(aggregate, hasher, contributors)),
                TagKind.Outer => modulus.Verify(tags[i], pads[i], hasher.OfOuter(keySum, protocol.Outer.Residues!, prime, modulus)),
                _ => true,
            };
        }

        if (!isValid)
        {
            keySum.Dispose();
            keySum = null;
        }

        return isValid;
    }

    private LinearHash OfClear(EncryptedAggregate aggregate, ContentHasher hasher, int contributors)
    {
        var block = new long[Math.Min(protocol.Lengths.ClearCount, ContentHasher.BlockLength)];
        hasher.BeginClear();
        for (int first = 0; first < protocol.Lengths.ClearCount; first += block.Length)
        {
            Span<long> integers = block.AsSpan(0, Math.Min(block.Length, protocol.Lengths.ClearCount - first));
            aggregate.CopyClearTo(first, integers);
            hasher.AppendClear(integers, contributors);
        }

        return hasher.CompleteClear();
    }

    private LinearPad[] SumPads(Attempt attempt, ContributorList list)
    {
        LinearPad[]? sums = null;
        foreach (Contributor contributor in list.Contributors)
        {
            using var pads = new ContributorPads(tagKey, attempt, contributor, protocol);
            var own = new LinearPad[protocol.Lengths.TagCount];
            for (int i = 0; i < own.Length; i++)
            {
                own[i] = pads.PadAt(i);
                if (sums is not null)
                {
                    own[i] = protocol.TagAt(i).Modulus.Add(sums[i], own[i]);
                }
            }

            sums = own;
        }

        return sums!;
    }
}
