using FedHe.MLBridge.Aggregation;
using FedHe.MLBridge.Errors;
using FedHe.MLBridge.Updates;

namespace FedHe.MLBridge.Averaging;

/// <summary>The divisor that turns decrypted sums into averages, with the error that remains.</summary>
/// <param name="Value">The divisor of the encrypted sums.</param>
/// <param name="TotalWeight">The sum of the weights.</param>
/// <param name="IsTotalWeightExact">Whether the total weight is exact; otherwise it is an estimate.</param>
/// <param name="EncryptedError">The error bound of encrypted averages, in normalized units.</param>
internal readonly record struct AverageDivisor(double Value, long TotalWeight, bool IsTotalWeightExact, double EncryptedError)
{
    public static AverageDivisor OfClear(EncryptedAggregate aggregate, long totalWeight)
        => new(totalWeight, totalWeight, IsTotalWeightExact: true, aggregate.Segments.LargestError / totalWeight);

    /// <summary>
    /// Computes the divisor from the decrypted sum of the hidden weights' factors, which is the first encrypted value.
    /// </summary>
    public static AverageDivisor OfHidden(EncryptedAggregate aggregate, AggregationTerms terms, double factors)
    {
        double sumError = aggregate.Segments.LargestError;
        bool isExact = AverageError.IsWeightExact(sumError, terms.MaxWeight);
        if (!isExact && factors <= 2 * sumError)
        {
            throw Throw.HiddenWeightsDrownInNoise();
        }

        long largest = (long)Math.Min((double)aggregate.Contributions * terms.MaxWeight, long.MaxValue / 2);
        long totalWeight = (long)Math.Clamp(Math.Round(factors * terms.MaxWeight), aggregate.Contributions, largest);
        double divisor = isExact ? (double)totalWeight / terms.MaxWeight : factors;
        return new AverageDivisor(divisor, totalWeight, isExact, AverageError.OfHidden(sumError, divisor, isExact));
    }
}
