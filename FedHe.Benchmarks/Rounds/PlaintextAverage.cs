using System.Numerics.Tensors;

namespace FedHe.Benchmarks.Rounds;

/// <summary>The plaintext average is computed at the speed of memory: every update is read once, and the average is written once.</summary>
internal static class PlaintextAverage
{
    // A block of the average stays in the first-level cache while every update is added to it.
    private const int BlockLength = 2048;

    /// <summary>A method that returns the values of one client's update.</summary>
    /// <param name="client">The client.</param>
    public delegate ReadOnlySpan<float> UpdateOf(int client);

    /// <summary>Averages the updates of clients of equal weight.</summary>
    public static void Compute(int clients, UpdateOf update, Span<float> average)
    {
        float weight = 1f / clients;
        for (int first = 0; first < average.Length; first += BlockLength)
        {
            Span<float> block = average.Slice(first, Math.Min(BlockLength, average.Length - first));
            TensorPrimitives.Multiply(update(0).Slice(first, block.Length), weight, block);
            for (int client = 1; client < clients; client++)
            {
                TensorPrimitives.MultiplyAdd(update(client).Slice(first, block.Length), weight, block, block);
            }
        }
    }
}
