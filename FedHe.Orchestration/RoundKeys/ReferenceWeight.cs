using FedHe.MLBridge.Updates;

namespace FedHe.Orchestration.RoundKeys;

/// <summary>
/// The reference weight is the weight that counts fully: the largest weight of an attempt, but at most sixteen times the
/// median, so that one announced weight does not cost everybody's precision. Where many clients weigh far below the median, it
/// is halved until honest lists are even enough for <see cref="ListRules"/>.
/// </summary>
internal static class ReferenceWeight
{
    private const long LargestMultipleOfMedian = 16;

    // Half of the loss that clients accept, so that clients may drop out.
    private const double LargestLoss = 8;

    /// <summary>Tells whether a job can have a reference weight: where weights are hidden, only the largest weight.</summary>
    public static bool IsPossible(long reference, AggregationTerms terms)
        => reference >= 1 && reference <= terms.MaxWeight && (terms.Weighting == Weighting.Clear || reference == terms.MaxWeight);

    /// <summary>Chooses the reference weight of an attempt.</summary>
    /// <param name="weights">The weights of the invited clients, each at least 1.</param>
    public static long Of(IEnumerable<long> weights)
    {
        long[] sorted = [.. weights.Order()];
        long median = sorted[(sorted.Length - 1) / 2];
        long reference = Math.Min(
            sorted[^1], median > long.MaxValue / LargestMultipleOfMedian ? long.MaxValue : LargestMultipleOfMedian * median);
        while (reference > 1 && sorted.Length > LargestLoss * sorted.Sum(weight => Math.Min(1, (double)weight / reference)))
        {
            reference /= 2;
        }

        return reference;
    }
}
