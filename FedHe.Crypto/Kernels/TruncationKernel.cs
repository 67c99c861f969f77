namespace FedHe.Crypto.Kernels;

/// <summary>Drops low bits of coefficients and restores their middle. Simple loops, which the compiler's target handles well.</summary>
internal static class TruncationKernel
{
    /// <summary>destination = floor(values / 2^bits).</summary>
    public static void Drop(ReadOnlySpan<ulong> values, int bits, Span<ulong> destination)
    {
        values = values[..destination.Length];
        for (int i = 0; i < destination.Length; i++)
        {
            destination[i] = values[i] >> bits;
        }
    }

    /// <summary>values = values*2^bits + 2^(bits-1), at most p-1; for bits of at least 1 and values up to (p-1)/2^bits.</summary>
    public static void Restore(Span<ulong> values, int bits, ulong p)
    {
        ulong half = 1UL << (bits - 1);
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = Math.Min((values[i] << bits) + half, p - 1);
        }
    }
}
