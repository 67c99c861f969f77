using System.Collections.Immutable;
using FedHe.MLBridge.Layout;
using FedHe.MLBridge.Segments;
using FedHe.MLBridge.Selection;
using FedHe.MLBridge.Updates;

namespace FedHe.MLBridge.Averaging;

/// <summary>The error analysis of averages: from the bound of the encrypted sum to the bound per tensor.</summary>
/// <remarks>
/// In normalised units, E bounds the error of every decrypted sum and W (or F, the sum of the factors w/MaxWeight) the
/// divisor. Clear weights: |N'/W - N/W| is at most E/W. Hidden weights: |N'/F' - N/F| = |dN - (N/F)*dF| / F', at most
/// 2E/F' because an exact average N/F has magnitude at most 1; where E*MaxWeight is below 1/2, F is a known multiple of
/// 1/MaxWeight after rounding, and E/F remains.
/// </remarks>
internal static class AverageError
{
    // Double-precision arithmetic of normalising, weighing and dividing: a few units of 2^-53 in normalised units.
    private const double Arithmetic = 1.0 / (1L << 50);

    /// <summary>Whether a hidden total weight is exact after rounding.</summary>
    public static bool IsWeightExact(double sumError, long maxWeight) => sumError * maxWeight < 0.5;

    /// <summary>Error of averages over hidden weights, from the sum's error and its decrypted divisor.</summary>
    public static double OfHidden(double sumError, double divisor, bool isWeightExact)
        => (isWeightExact ? sumError : 2 * sumError) / divisor;

    /// <summary>Bound per tensor, in the tensor's own units, rounding to its element type included; 0 for buffers.</summary>
    /// <param name="terms">The terms.</param>
    /// <param name="encryptedError">Error of encrypted averages in normalised units.</param>
    public static ImmutableArray<double> PerTensor(AggregationTerms terms, double encryptedError)
    {
        ModelLayout layout = terms.Layout;
        ImmutableArray<double>.Builder bounds = ImmutableArray.CreateBuilder<double>(layout.Tensors.Length);
        for (int i = 0; i < layout.Tensors.Length; i++)
        {
            TensorSpec tensor = layout.Tensors[i];
            if (!tensor.IsAggregated)
            {
                bounds.Add(0);
                continue;
            }

            var range = new MaskRange(layout.OffsetOf(i), tensor.ElementCount);
            double error = Normalised(terms, range, encryptedError);
            bounds.Add((tensor.Bound * error) + FloatingFormat.RoundingError(tensor.ElementType, tensor.Bound));
        }

        return bounds.MoveToImmutable();
    }

    /// <summary>Largest error of any average in normalised units, before rounding to element types.</summary>
    public static double Largest(AggregationTerms terms, double encryptedError)
        => Normalised(terms, new MaskRange(0, terms.Layout.ParameterCount), encryptedError);

    private static double Normalised(AggregationTerms terms, MaskRange range, double encryptedError)
    {
        int encrypted = terms.Mask.CountEncrypted(range);
        return Arithmetic + Math.Max(
            encrypted > 0 ? encryptedError : 0,
            encrypted < range.Length ? ClearPart.RoundingError : 0);
    }
}
