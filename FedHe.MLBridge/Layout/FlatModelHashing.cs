using FedHe.Crypto.Random;
using FedHe.MLBridge.Buffers;

namespace FedHe.MLBridge.Layout;

/// <summary>This class hashes the floating values of models, so that keys and nonces for them differ where they differ.</summary>
public static class FlatModelHashing
{
    private const int BlockLength = 1 << 11;

    /// <summary>Appends every floating value of a model to a hasher, in order.</summary>
    /// <param name="model">The model.</param>
    /// <param name="hasher">The hasher.</param>
    /// <param name="maxDegreeOfParallelism">The largest number of threads, at least 1, or -1 for a thread for each core.</param>
    public static void AppendTo(this IFlatModel model, PlaintextHasher hasher, int maxDegreeOfParallelism = 1)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(hasher);
        if (model is ModelParameters parameters)
        {
            parameters.AppendTo(hasher, maxDegreeOfParallelism);
            return;
        }

        long count = model.Layout.ParameterCount;
        using var block = new SecretBuffer((int)Math.Min(BlockLength, count));
        for (long start = 0; start < count; start += block.Span.Length)
        {
            Span<double> values = block.Span[..(int)Math.Min(block.Span.Length, count - start)];
            model.CopyFlatTo(start, values);
            hasher.Append<double>(values);
        }
    }
}
