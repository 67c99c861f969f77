using FedHe.Crypto;
using FedHe.Crypto.Bounds;
using FedHe.Crypto.Ciphertexts;
using FedHe.Crypto.Kernels.MultiPrecision;
using FedHe.MLBridge.Updates;

namespace FedHe.MLBridge.Planning;

/// <summary>
/// A planned sum is the encrypted sum of a future round, with its bound under the least favorable weights.
/// </summary>
internal sealed class PlannedSum(HePublicContext context, VectorBound fresh, VectorForm uploadForm, AggregationTerms terms)
{
    /// <summary>
    /// Computes the bound of the sum over clients whose weights, each from 1 to MaxWeight, have the given total.
    /// </summary>
    public VectorBound BoundOf(int clients, long totalWeight)
    {
        if (WeightRules.Of(terms, context) != WeightRule.ServerMultiplies)
        {
            return Combine(clients, clients, clients);
        }

        // Standard deviations add in quadrature: the worst case gives as few clients as possible as much weight as
        // possible.
        long perClient = terms.MaxWeight - 1;
        long extra = totalWeight - clients;
        long atMost = perClient == 0 ? 0 : extra / perClient;
        double rest = 1 + (perClient == 0 ? 0 : extra % perClient);
        double squares = (atMost * Square(terms.MaxWeight)) + Math.Max(0, clients - atMost - 1) + (atMost < clients ? Square(rest) : 0);
        return Combine(clients, totalWeight, squares);
    }

    public bool Fits(int clients, long totalWeight)
    {
        VectorBound bound = BoundOf(clients, totalWeight);
        return bound.MaxAbs + bound.ErrorBound < context.Parameters.Capacity;
    }

    /// <summary>
    /// Finds the largest total weight of the given number of clients that fits; 0 when not even the smallest does.
    /// </summary>
    public long MaxTotalWeight(int clients)
    {
        long fits = clients - 1L;
        long exceeds = LargestTotalWeight(terms, clients) + 1;
        while (exceeds - fits > 1)
        {
            long middle = fits + ((exceeds - fits) / 2);
            if (Fits(clients, middle))
            {
                fits = middle;
            }
            else
            {
                exceeds = middle;
            }
        }

        return fits < clients ? 0 : fits;
    }

    /// <summary>Computes the largest total weight of the given number of clients, ignoring the modulus.</summary>
    public static long LargestTotalWeight(AggregationTerms terms, int clients)
        => (long)Int128.Min((Int128)clients * terms.MaxWeight, AggregationTerms.LargestTotalWeight);

    private VectorBound Combine(int clients, long sum, double squares)
    {
        VectorBound bound = fresh.Scale(sum) with { NoiseVariance = fresh.NoiseVariance * squares };
        return terms.Precision is TransferPrecision precision && context.Compressor is { } compressor
            ? compressor.CompressedBound(bound, context.SumForm(uploadForm, clients), precision.DownloadDeviation(sum))
            : bound;
    }

    private static double Square(double value) => value * value;
}
