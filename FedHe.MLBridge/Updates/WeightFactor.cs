using FedHe.MLBridge.Segments;

namespace FedHe.MLBridge.Updates;

/// <summary>
/// A weight factor is the number f in (0, 1] that a client multiplies its values by where the scheme adds every vector
/// once: its weight over the reference weight, at most 1, as a multiple of 2^-30.
/// </summary>
/// <remarks>
/// Every party computes the same factor from the weights, and sums of factors are exact. A weight above the reference
/// counts as the reference.
/// </remarks>
internal static class WeightFactor
{
    /// <summary>Computes the factor in units of 2^-30: round(min(1, weight/reference)*2^30), at least 1.</summary>
    public static long UnitsOf(long weight, long referenceWeight)
    {
        long units = (long)Math.Round((double)Math.Min(weight, referenceWeight) / referenceWeight * ClearPart.One);
        return Math.Max(1, units);
    }

    /// <summary>Converts units of 2^-30 to a number; sums of up to 2^23 factors are exact.</summary>
    public static double FromUnits(long units) => (double)units / ClearPart.One;
}
