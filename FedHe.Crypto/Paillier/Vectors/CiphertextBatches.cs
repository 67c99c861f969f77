using FedHe.Crypto.Kernels.Memory;
using FedHe.Crypto.Kernels.Threads;
using FedHe.Crypto.Paillier.Parameters;

namespace FedHe.Crypto.Paillier.Vectors;

/// <summary>
/// Ciphertext batches divide the ciphertexts of a vector among several threads, and keep the memory that a batch needs.
/// They are thread-safe.
/// </summary>
/// <param name="parameters">The parameters of the vectors.</param>
/// <param name="maxDegreeOfParallelism">The largest number of threads of one operation; -1 for one per core.</param>
internal sealed class CiphertextBatches(PaillierParameters parameters, int maxDegreeOfParallelism)
{
    /// <summary>The largest number of ciphertexts in a batch.</summary>
    public const int Largest = 64;

    // The widest arithmetic works on eight numbers at once: threads share whole groups only.
    private const int GroupSize = 8;

    private readonly ConcurrentPool<BatchWorkspace> _workspaces = new(pool => new BatchWorkspace(pool, parameters));

    /// <summary>The largest number of threads of one operation, or -1.</summary>
    public int MaxDegreeOfParallelism => maxDegreeOfParallelism;

    /// <summary>Rents memory for the messages and the randomness of one batch.</summary>
    public BatchWorkspace RentWorkspace() => _workspaces.Rent();

    /// <summary>Runs an action on batches of ciphertexts, with a span that is only read.</summary>
    /// <param name="span">Data that every batch may read.</param>
    /// <param name="count">The number of ciphertexts.</param>
    /// <param name="action">Handles the ciphertexts from the first to before the end. Called from several threads.</param>
    public void Run<T>(ReadOnlySpan<T> span, int count, ParallelRanges.ReadOnlyRangeAction<T> action)
        where T : unmanaged
        => ParallelRanges.Run(
            span,
            GroupsOf(count),
            maxDegreeOfParallelism,
            (all, firstGroup, endGroup) =>
            {
                int end = (int)Math.Min((long)endGroup * GroupSize, count);
                for (int start = firstGroup * GroupSize; start < end; start += Largest)
                {
                    action(all, start, Math.Min(start + Largest, end));
                }
            });

    /// <summary>Runs an action on batches of ciphertexts, with a span into which each batch writes its own part.</summary>
    /// <param name="span">Data that every batch may use.</param>
    /// <param name="count">The number of ciphertexts.</param>
    /// <param name="action">Handles the ciphertexts from the first to before the end. Called from several threads.</param>
    public void Run<T>(Span<T> span, int count, ParallelRanges.RangeAction<T> action)
        where T : unmanaged
        => ParallelRanges.Run(
            span,
            GroupsOf(count),
            maxDegreeOfParallelism,
            (all, firstGroup, endGroup) =>
            {
                int end = (int)Math.Min((long)endGroup * GroupSize, count);
                for (int start = firstGroup * GroupSize; start < end; start += Largest)
                {
                    action(all, start, Math.Min(start + Largest, end));
                }
            });

    private static int GroupsOf(int count) => (count + GroupSize - 1) / GroupSize;
}
