using System.Runtime.ExceptionServices;

namespace FedHe.Crypto.Kernels.Threads;

/// <summary>Parallel ranges run independent items on at most as many threads as the caller allows.</summary>
/// <remarks>With one thread, all items run on the caller's thread. The class is public for authors of schemes.</remarks>
public static class ParallelRanges
{
    // Enough work in a range to pay for what it sets up, few enough to share the work evenly.
    private const int MaxItemsPerRange = 8;
    private const int RangesPerThread = 2;

    // The number of ranges of a segment where there is a thread for each core.
    private const int UsualRanges = 16;

    /// <summary>Runs the items from the first to before the end.</summary>
    public delegate void RangeAction(int first, int end);

    /// <summary>Runs the items from the first to before the end, on a span.</summary>
    public delegate void RangeAction<T>(Span<T> span, int first, int end);

    /// <summary>Runs the items from the first to before the end, on a span that is only read.</summary>
    public delegate void ReadOnlyRangeAction<T>(ReadOnlySpan<T> span, int first, int end);

    /// <summary>Runs items 0 to count-1.</summary>
    /// <param name="count">Number of items.</param>
    /// <param name="degree">The largest number of threads, at least 1, or -1 for a thread for each core.</param>
    /// <param name="action">Runs the items from the first to before the end. Called from several threads.</param>
    public static void Run(int count, int degree, RangeAction action)
    {
        int ranges = degree > 0 ? RangesPerThread * degree : UsualRanges;
        int items = Math.Clamp(count / ranges, 1, MaxItemsPerRange);
        if (degree == 1 || count <= items)
        {
            action(0, count);
            return;
        }

        try
        {
            Parallel.For(
                0,
                (count + items - 1) / items,
                new ParallelOptions { MaxDegreeOfParallelism = degree },
                range => action(range * items, Math.Min((range + 1) * items, count)));
        }
        catch (AggregateException failures)
        {
            // As the caller's own thread would have thrown it.
            ExceptionDispatchInfo.Throw(failures.InnerExceptions[0]);
        }
    }

    /// <summary>
    /// Runs items 0 to count-1 with a span that every range may use, on condition that no two ranges write the same part.
    /// </summary>
    public static unsafe void Run<T>(Span<T> span, int count, int degree, RangeAction<T> action)
        where T : unmanaged
    {
        int length = span.Length;
        fixed (T* pointer = span)
        {
            // The span stays pinned until every range has ended.
            nint address = (nint)pointer;
            Run(count, degree, (first, end) => action(new Span<T>((void*)address, length), first, end));
        }
    }

    /// <summary>Runs items 0 to count-1 with a span that every range may read.</summary>
    public static unsafe void Run<T>(ReadOnlySpan<T> span, int count, int degree, ReadOnlyRangeAction<T> action)
        where T : unmanaged
    {
        int length = span.Length;
        fixed (T* pointer = span)
        {
            // The span stays pinned until every range has ended.
            nint address = (nint)pointer;
            Run(count, degree, (first, end) => action(new ReadOnlySpan<T>((void*)address, length), first, end));
        }
    }
}
