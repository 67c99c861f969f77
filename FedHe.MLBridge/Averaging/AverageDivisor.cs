using FedHe.MLBridge.Aggregation;
using FedHe.MLBridge.Errors;
using FedHe.MLBridge.Segments;
using FedHe.MLBridge.Updates;

namespace FedHe.MLBridge.Averaging;

/// <summary>The divisor that turns decrypted sums into averages, with the error that remains.</summary>
/// <param name="Value">The divisor of the encrypted sums.</param>
/// <param name="TotalWeight">The sum of the weights.</param>
/// <param name="IsTotalWeightExact">Whether the total weight is exact; otherwise it is an estimate.</param>
/// <param name="EncryptedError">The error bound of encrypted averages, in normalized units.</param>
/// <param name="ClearError">The error bound of averages in clear, in normalized units.</param>
internal readonly record struct AverageDivisor(
    double Value, long TotalWeight, bool IsTotalWeightExact, double EncryptedError, double ClearError)
{
    /// <summary>Computes the divisor from weights in clear: their sum, or the sum of the factors where clients multiplied.</summary>
    public static AverageDivisor OfClear(EncryptedAggregate aggregate, long totalWeight)
    {
        bool isFactor = aggregate.Weights.Rule == WeightRule.ClientMultiplies;
        double divisor = isFactor ? WeightFactor.FromUnits(aggregate.Weights.TotalFactor) : totalWeight;

        if (!isFactor)
        {
            return new AverageDivisor(
                divisor, totalWeight, IsTotalWeightExact: true, aggregate.Segments.LargestError / divisor, ClearPart.RoundingError);
        }

        // n factors are each off by 2^-31 at most, and with them the divisor: |sum of df*x|/F + |dF|/F is at most n*2^-30/F.
        // Values in clear are rounded once more by every client.
        double weightError = 2 * ClearPart.RoundingError * aggregate.Contributions / divisor;
        double clearRounding = ClearPart.RoundingError * aggregate.Contributions / divisor;
        return new AverageDivisor(
            divisor,
            totalWeight,
            IsTotalWeightExact: true,
            (aggregate.Segments.LargestError / divisor) + weightError,
            clearRounding + weightError);
    }

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
        return new AverageDivisor(divisor, totalWeight, isExact, AverageError.OfHidden(sumError, divisor, isExact), ClearError: 0);
    }
}
