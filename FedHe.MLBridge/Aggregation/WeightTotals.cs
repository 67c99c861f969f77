using FedHe.Crypto.Errors;
using FedHe.Crypto.Serialization;
using FedHe.MLBridge.Segments;
using FedHe.MLBridge.Updates;

namespace FedHe.MLBridge.Aggregation;

/// <summary>Weight totals are what an aggregate states about the weights of its updates.</summary>
/// <param name="Rule">Who multiplied values by weights.</param>
/// <param name="TotalWeight">The sum of the weights; 0 when they are hidden.</param>
/// <param name="ReferenceWeight">The weight that counts fully where clients multiply, and otherwise 0.</param>
/// <param name="TotalFactor">The sum of the factors in units of 2^-30 where clients multiply, and otherwise 0.</param>
internal readonly record struct WeightTotals(WeightRule Rule, long TotalWeight, long ReferenceWeight, long TotalFactor)
{
    /// <summary>The bound on the magnitude of a sum of values in clear, as integers in units of 2^-30.</summary>
    public long LargestClearSum => Rule == WeightRule.ClientMultiplies ? TotalFactor : TotalWeight << ClearPart.LogScale;

    /// <summary>Computes the sum of the integers by which the server multiplied the updates' vectors.</summary>
    public long MultiplierOf(int contributions) => Rule == WeightRule.ServerMultiplies ? TotalWeight : contributions;

    /// <summary>
    /// Returns the largest total weight. Sums multiplied by weights must fit 64 bits; where clients multiply, nothing grows
    /// with the total, and one claimed weight must not keep the others out.
    /// </summary>
    public static long LargestTotalOf(WeightRule rule)
        => rule == WeightRule.ClientMultiplies ? 1L << 53 : AggregationTerms.LargestTotalWeight;

    public static int LengthOf(WeightRule rule) => rule == WeightRule.ClientMultiplies ? 3 * sizeof(long) : sizeof(long);

    public void Write(WireWriter writer)
    {
        writer.WriteInt64(TotalWeight);
        if (Rule == WeightRule.ClientMultiplies)
        {
            writer.WriteInt64(ReferenceWeight);
            writer.WriteInt64(TotalFactor);
        }
    }

    public static WeightTotals Read(ref WireReader reader, WeightRule rule, int contributions, AggregationTerms terms)
    {
        bool hidden = rule == WeightRule.Hidden;
        long totalWeight = reader.ReadInt64(hidden ? 0 : contributions, hidden ? 0 : LargestTotalOf(rule));
        reader.Require((Int128)totalWeight <= (Int128)contributions * terms.MaxWeight, FormatError.Inconsistent);
        if (rule != WeightRule.ClientMultiplies)
        {
            return new WeightTotals(rule, totalWeight, ReferenceWeight: 0, TotalFactor: 0);
        }

        long reference = reader.ReadInt64(1, terms.MaxWeight);
        long factor = reader.ReadInt64(contributions, (long)contributions << ClearPart.LogScale);
        return new WeightTotals(rule, totalWeight, reference, factor);
    }
}
