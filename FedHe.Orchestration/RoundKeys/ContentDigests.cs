using System.Collections.Immutable;
using System.Runtime.InteropServices;
using FedHe.Crypto.Ciphertexts;
using FedHe.Crypto.Identities;
using FedHe.Crypto.Serialization;
using FedHe.MLBridge.Aggregation;

namespace FedHe.Orchestration.RoundKeys;

/// <summary>
/// Content digests fix every part of a sum in the list of contributors: the sums in clear, the sum of protected keys, and
/// each segment, in this order.
/// </summary>
internal static class ContentDigests
{
    private const int BlockLength = 1 << 12;

    /// <summary>Computes the digests of a whole sum.</summary>
    public static ImmutableArray<Digest> Of(
        EncryptedAggregate aggregate, ReadOnlySpan<byte> keySum, long clearCount, int maxDegreeOfParallelism)
    {
        var digests = new Digest[ContributorList.OtherDigests + aggregate.SegmentCount];
        digests[0] = OfClear(aggregate, clearCount);
        digests[1] = Digest.Compute(keySum);
        SegmentWork.RunGroups(
            aggregate,
            maxDegreeOfParallelism,
            (first, segments) => VectorDigests.Compute(segments, digests.AsSpan(ContributorList.OtherDigests + first, segments.Length)));
        return ImmutableCollectionsMarshal.AsImmutableArray(digests);
    }

    /// <summary>Tells whether a list has the digests of the sums in clear and of the sum of protected keys.</summary>
    public static bool MatchAllButSegments(
        ContributorList list, EncryptedAggregate aggregate, ReadOnlySpan<byte> keySum, long clearCount)
        => list.ContentDigests.Length == ContributorList.OtherDigests + aggregate.SegmentCount
            && list.ContentDigests[0] == OfClear(aggregate, clearCount)
            && list.ContentDigests[1] == Digest.Compute(keySum);

    /// <summary>Tells whether a list has the digest of a sum of protected keys and of nothing else.</summary>
    public static bool MatchKeys(ContributorList list, ReadOnlySpan<byte> keySum)
        => list.ContentDigests.Length == ContributorList.OtherDigests
            && list.ContentDigests[0] == default
            && list.ContentDigests[1] == Digest.Compute(keySum);

    /// <summary>Tells of segments from the first one on whether a list has their digests.</summary>
    /// <param name="list">The list.</param>
    /// <param name="first">The index of the first segment.</param>
    /// <param name="segments">The segments.</param>
    /// <param name="matches">Receives whether the list has the digest of each segment.</param>
    public static void MatchSegments(ContributorList list, int first, EncryptedVector[] segments, Span<bool> matches)
    {
        var digests = new Digest[segments.Length];
        VectorDigests.Compute(segments, digests);
        for (int i = 0; i < digests.Length; i++)
        {
            matches[i] = list.ContentDigests[ContributorList.OtherDigests + first + i] == digests[i];
        }
    }

    private static Digest OfClear(EncryptedAggregate aggregate, long clearCount)
    {
        using var digest = new DigestWriter();
        var integers = new long[(int)Math.Min(clearCount, BlockLength)];
        for (long first = 0; first < clearCount; first += integers.Length)
        {
            Span<long> block = integers.AsSpan(0, (int)Math.Min(integers.Length, clearCount - first));
            aggregate.CopyClearTo(first, block);
            int length = sizeof(long) * block.Length;
            WireIntegers.Write(block, sizeof(long), digest.GetSpan(length)[..length]);
            digest.Advance(length);
        }

        return digest.Complete();
    }
}
