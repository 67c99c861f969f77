namespace FedHe.Privacy.Kernels;

/// <summary>The specification of <see cref="ThresholdKernel"/>, one number at a time.</summary>
/// <remarks>It branches on what it compares, so it serves tests alone and draws no noise.</remarks>
internal static class ThresholdSpecification
{
    /// <summary>Adds scale times the signed or unsigned count of the thresholds that a random number reaches.</summary>
    public static void Accumulate(
        ReadOnlySpan<ulong> high, ReadOnlySpan<ulong> low, ReadOnlySpan<long> thresholds, long scale, bool isSigned, Span<long> sums)
    {
        for (int i = 0; i < sums.Length; i++)
        {
            long number = (long)(high[i] >> 1);
            long tie = (long)low[i];
            long count = 0;
            for (int j = 0; j < thresholds.Length; j += ThresholdKernel.WordsPerThreshold)
            {
                bool isBelow = number < thresholds[j] || (number == thresholds[j] && tie < thresholds[j + 1]);
                count += isBelow ? 0 : 1;
            }

            bool isNegative = isSigned && (high[i] & 1) == 1;
            sums[i] += scale * (isNegative ? -count : count);
        }
    }
}
