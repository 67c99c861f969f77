namespace FedHe.Orchestration.RoundKeys;

/// <summary>
/// The reference weight is the weight that counts fully: the largest weight of an attempt, but at most sixteen times the
/// median, so that one announced weight does not cost everybody's precision.
/// </summary>
internal static class ReferenceWeight
{
    private const long LargestMultipleOfMedian = 16;

    public static long Of(IEnumerable<long> weights)
    {
        long[] sorted = [.. weights.Order()];
        long median = sorted[(sorted.Length - 1) / 2];
        return Math.Min(sorted[^1], median > long.MaxValue / LargestMultipleOfMedian ? long.MaxValue : LargestMultipleOfMedian * median);
    }
}
