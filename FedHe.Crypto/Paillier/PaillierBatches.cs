using FedHe.Crypto.Kernels.Threads;

namespace FedHe.Crypto.Paillier;

/// <summary>Cuts the ciphertexts of a vector into batches for several threads.</summary>
internal static class PaillierBatches
{
    /// <summary>Most ciphertexts in a batch.</summary>
    public const int Largest = 64;

    // As many numbers as the widest arithmetic works on at once: threads share whole groups only.
    private const int GroupSize = 8;

    /// <summary>Runs batches of ciphertexts from the first to before the end.</summary>
    public static void Run(int count, int degree, ParallelRanges.RangeAction action)
        => ParallelRanges.Run(GroupsOf(count), degree, (first, end) =>
        {
            foreach ((int start, int stop) in BatchesOf(first, end, count))
            {
                action(start, stop);
            }
        });

    /// <summary>The same with a span that every batch may use; batches must not write the same part of it.</summary>
    public static void Run<T>(Span<T> span, int count, int degree, ParallelRanges.RangeAction<T> action)
        where T : unmanaged
        => ParallelRanges.Run(span, GroupsOf(count), degree, Batchwise(count, action));

    /// <summary>The same with a span that is only read.</summary>
    public static void Run<T>(ReadOnlySpan<T> span, int count, int degree, ParallelRanges.RangeAction<T> action)
        where T : unmanaged
        => ParallelRanges.Run(span, GroupsOf(count), degree, Batchwise(count, action));

    private static ParallelRanges.RangeAction<T> Batchwise<T>(int count, ParallelRanges.RangeAction<T> action)
        => (span, first, end) =>
        {
            foreach ((int start, int stop) in BatchesOf(first, end, count))
            {
                action(span, start, stop);
            }
        };

    private static IEnumerable<(int Start, int End)> BatchesOf(int firstGroup, int endGroup, int count)
    {
        int end = (int)Math.Min((long)endGroup * GroupSize, count);
        for (int start = firstGroup * GroupSize; start < end; start += Largest)
        {
            yield return (start, Math.Min(start + Largest, end));
        }
    }

    private static int GroupsOf(int count) => (count + GroupSize - 1) / GroupSize;
}
