using FedHe.Crypto.Ciphertexts;
using FedHe.Crypto.Identities;
using FedHe.MLBridge.Aggregation;
using FedHe.Orchestration.Errors;

namespace FedHe.Orchestration.RoundKeys;

/// <summary>A listed sum is an aggregate that is held to its list of contributors, which needs no key.</summary>
internal static class ListedSum
{
    /// <summary>Parses the encrypted aggregate of as many contributors as the job planned for, or returns null.</summary>
    public static EncryptedAggregate? TryRead(VerifiableAggregate sum, RoundKeyProtocol protocol)
        => sum.List.Contributors.Length <= protocol.Parameters.MaxContributors
            && sum.Content.TryRead(new AggregateReader(protocol.Inner, protocol.Terms), out EncryptedAggregate? aggregate, out _)
            ? aggregate
            : null;

    /// <summary>Tells whether everything of an aggregate but its segments is what the list has.</summary>
    /// <param name="aggregate">The aggregate.</param>
    /// <param name="list">The list of contributors.</param>
    /// <param name="protocol">The protocol of the job.</param>
    /// <param name="jobId">The job.</param>
    /// <param name="keySum">The bytes of the key sum whose digest the list has.</param>
    public static bool IsOfList(
        EncryptedAggregate aggregate, ContributorList list, RoundKeyProtocol protocol, Guid jobId, ReadOnlySpan<byte> keySum)
        => aggregate.JobId == jobId
            && aggregate.Round == list.Round
            && aggregate.HasWeights([.. list.Contributors.Select(contributor => contributor.Weight)])
            && (aggregate.ReferenceWeight ?? list.ReferenceWeight) == list.ReferenceWeight
            && ContentDigests.MatchAllButSegments(list, aggregate, keySum, protocol.Lengths.ClearCount);

    /// <summary>Holds every segment to the list, in one pass over the sum, or returns the reason of a refusal.</summary>
    /// <param name="aggregate">The aggregate.</param>
    /// <param name="list">The list of contributors.</param>
    /// <param name="attempt">The attempt of the list.</param>
    /// <param name="protocol">The protocol of the job.</param>
    /// <param name="isTagged">Tells whether a segment has the right tag, on several threads; null for a party that has no key of tags.</param>
    public static IgnoredReason? CheckSegments(
        EncryptedAggregate aggregate, ContributorList list, Attempt attempt, RoundKeyProtocol protocol, Func<int, EncryptedVector, bool>? isTagged)
    {
        KeyId attemptKey = protocol.Parameters.KeyIdOf(attempt.PublicSeed);
        var isListed = new bool[aggregate.SegmentCount];
        var isRight = new bool[aggregate.SegmentCount];
        SegmentWork.RunGroups(aggregate, protocol.Inner.MaxDegreeOfParallelism, (first, segments) =>
        {
            ContentDigests.MatchSegments(list, first, segments, isListed.AsSpan(first, segments.Length));
            for (int i = 0; i < segments.Length; i++)
            {
                isRight[first + i] = segments[i].KeyId == attemptKey && isTagged?.Invoke(first + i, segments[i]) != false;
            }
        });
        return isListed.Contains(false) ? IgnoredReason.NotTheListedSum
            : isRight.Contains(false) ? IgnoredReason.BadTag
            : null;
    }
}
