using FedHe.MLBridge.Updates;

namespace FedHe.Orchestration.RoundKeys;

/// <summary>
/// The reference weight is the weight that counts fully: the largest weight of an attempt, but at most sixteen times the
/// median, so that one announced weight does not cost everybody's precision.
/// </summary>
internal static class ReferenceWeight
{
    private const long LargestMultipleOfMedian = 16;

    /// <summary>Tells whether a job can have a reference weight: where weights are hidden, only the largest weight.</summary>
    public static bool IsPossible(long reference, AggregationTerms terms)
        => reference >= 1 && reference <= terms.MaxWeight && (terms.Weighting == Weighting.Clear || reference == terms.MaxWeight);

    public static long Of(IEnumerable<long> weights)
    {
        long[] sorted = [.. weights.Order()];
        long median = sorted[(sorted.Length - 1) / 2];
        return Math.Min(sorted[^1], median > long.MaxValue / LargestMultipleOfMedian ? long.MaxValue : LargestMultipleOfMedian * median);
    }
}
