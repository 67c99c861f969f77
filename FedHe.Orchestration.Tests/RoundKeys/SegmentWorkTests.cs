using FedHe.Crypto.Ciphertexts;
using FedHe.Orchestration.RoundKeys;

namespace FedHe.Orchestration.Tests.RoundKeys;

/// <summary>Groups of segments are opened together only where their digests gain from it, and never more bytes than a limit.</summary>
public sealed class SegmentWorkTests
{
    private const int ShortSegment = 400_000;
    private const int LongSegment = 1_600_000;

    [Fact]
    public void GroupLength_IsOneOrWhatTheDigestsGainFrom()
    {
        for (int threads = 1; threads <= 64; threads++)
        {
            for (int segments = 1; segments <= 300; segments++)
            {
                int length = SegmentWork.GroupLength(segments, threads, ShortSegment);
                length.Should().BeInRange(1, Math.Max(1, (segments + threads - 1) / threads));
                VectorDigests.BestCountOf(length).Should().Be(length, "{0} segments, {1} threads", segments, threads);
            }
        }
    }

    [Fact]
    public void GroupLength_OfLongSegmentsAndManyThreads_StaysWithinTheLimit()
    {
        foreach (int segmentLength in (int[])[ShortSegment, LongSegment])
        {
            for (int threads = 1; threads <= 64; threads++)
            {
                int length = SegmentWork.GroupLength(10_000, threads, segmentLength);
                (length == 1 || (long)length * threads * segmentLength <= SegmentWork.MostOpenBytes).Should().BeTrue("{0} threads", threads);
            }
        }

        SegmentWork.GroupLength(10_000, threads: 2, LongSegment).Should().Be(VectorDigests.BestCountOf(5000));
    }

    [Fact]
    public void GroupLength_OfAnOddNumber_GivesEachThreadItsShare()
        => SegmentWork.GroupLength(31, threads: 2, ShortSegment).Should().Be(VectorDigests.BestCountOf(16), "groups of 16 and 15, and not 15, 15 and 1");
}
