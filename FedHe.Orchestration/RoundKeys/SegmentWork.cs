using System.Runtime.ExceptionServices;

namespace FedHe.Orchestration.RoundKeys;

/// <summary>
/// Segment work is what is done alike for every segment of an upload or of a sum, on as many threads as the job's scheme
/// uses.
/// </summary>
internal static class SegmentWork
{
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
