using System.Runtime.ExceptionServices;
using FedHe.Crypto.Ciphertexts;
using FedHe.MLBridge.Aggregation;

namespace FedHe.Orchestration.RoundKeys;

/// <summary>
/// Segment work is what is done alike for every segment of an upload or of a sum, on as many threads as the job's scheme
/// uses.
/// </summary>
internal static class SegmentWork
{
    /// <summary>The bytes of the segments that all threads have open at once, where one segment for each is not more.</summary>
    internal const long MostOpenBytes = 64L << 20;

    // Where nobody limits the threads. What is done must not depend on the machine.
    private const int AssumedThreads = 16;

    /// <summary>Does the work for groups of segments whose digests are computed at once, and throws what it throws.</summary>
    /// <param name="aggregate">The aggregate.</param>
    /// <param name="maxDegreeOfParallelism">The largest number of threads, at least 1, or -1 for a thread for each core.</param>
    /// <param name="work">Gets the index of the first segment of a group and the segments, which it neither keeps nor disposes.</param>
    public static void RunGroups(EncryptedAggregate aggregate, int maxDegreeOfParallelism, Action<int, EncryptedVector[]> work)
    {
        int threads = maxDegreeOfParallelism > 0 ? maxDegreeOfParallelism : AssumedThreads;
        int length = GroupLength(aggregate.SegmentCount, threads, segmentLength: 0);
        if (length > 1)
        {
            aggregate.UseSegment(0, segment => length = GroupLength(aggregate.SegmentCount, threads, segment.EncodedLength));
        }

        Run((aggregate.SegmentCount + length - 1) / length, maxDegreeOfParallelism, group =>
        {
            int first = group * length;
            var segments = new EncryptedVector[Math.Min(length, aggregate.SegmentCount - first)];
            Use(opened: 0);

            void Use(int opened)
            {
                if (opened == segments.Length)
                {
                    work(first, segments);
                    return;
                }

                aggregate.UseSegment(first + opened, segment =>
                {
                    segments[opened] = segment;
                    Use(opened + 1);
                });
            }
        });
    }

    /// <summary>Returns how many segments a thread has open at once.</summary>
    /// <param name="segmentCount">The number of segments.</param>
    /// <param name="threads">The number of threads, at least 1.</param>
    /// <param name="segmentLength">The length of a segment in bytes.</param>
    /// <remarks>Segments of a sum in a file or a stream are copied to memory when they are opened, so that all threads together open a limited number of bytes.</remarks>
    internal static int GroupLength(int segmentCount, int threads, long segmentLength)
    {
        int length = VectorDigests.BestCountOf((int)(((long)segmentCount + threads - 1) / threads));
        return length * segmentLength * threads <= MostOpenBytes ? length : 1;
    }

    /// <summary>Does the work for every segment, and throws what it throws.</summary>
    public static void Run(int segmentCount, int maxDegreeOfParallelism, Action<int> work)
    {
        if (maxDegreeOfParallelism == 1)
        {
            for (int i = 0; i < segmentCount; i++)
            {
                work(i);
            }

            return;
        }

        try
        {
            Parallel.For(0, segmentCount, new ParallelOptions { MaxDegreeOfParallelism = maxDegreeOfParallelism }, work);
        }
        catch (AggregateException exceptions)
        {
            ExceptionDispatchInfo.Throw(exceptions.InnerExceptions[0]);
        }
    }
}
