using System.Collections.Immutable;
using System.Runtime.InteropServices;
using FedHe.MLBridge.Layout;
using FedHe.MLBridge.Selection;
using FedHe.MLBridge.Updates;

namespace FedHe.MLBridge.Averaging;

/// <summary>The error analysis of averages, from the bound of the encrypted sum to a bound for each tensor.</summary>
/// <remarks>
/// In normalized units, E bounds the error of every decrypted sum and W (or F, the sum of the factors w/MaxWeight) is
/// the divisor. Clear weights: |N'/W - N/W| is at most E/W. Hidden weights: |N'/F' - N/F| = |dN - (N/F)*dF| / F', at
/// most 2E/F' because an exact average N/F has magnitude at most 1; where E*MaxWeight is below 1/2, F is a known
/// multiple of 1/MaxWeight after rounding, and E/F remains.
/// </remarks>
internal static class AverageError
{
    // Double-precision arithmetic of normalizing, weighting and dividing: a few units of 2^-53 in normalized units.
    private const double Arithmetic = 1.0 / (1L << 50);

    /// <summary>Returns whether rounding makes a hidden total weight exact.</summary>
    public static bool IsWeightExact(double sumError, long maxWeight) => sumError * maxWeight < 0.5;

    /// <summary>
    /// Computes the error bound of averages with hidden weights from the sum's error bound and the decrypted divisor.
    /// </summary>
    public static double OfHidden(double sumError, double divisor, bool isWeightExact)
        => (isWeightExact ? sumError : 2 * sumError) / divisor;

    /// <summary>
    /// Computes the error bound of each tensor in the tensor's own units, including the rounding to its element type; 0
    /// for buffers.
    /// </summary>
    /// <param name="terms">The terms.</param>
    /// <param name="encryptedError">The error bound of encrypted averages, in normalized units.</param>
    /// <param name="clearError">The error bound of averages in clear, in normalized units.</param>
    public static ImmutableArray<double> PerTensor(AggregationTerms terms, double encryptedError, double clearError)
    {
        ModelLayout layout = terms.Layout;
        double[] bounds = new double[layout.Tensors.Length];
        for (int i = 0; i < bounds.Length; i++)
        {
            TensorSpec tensor = layout.Tensors[i];
            if (!tensor.IsAggregated)
            {
                continue;
            }

            var range = new MaskRange(layout.OffsetOf(i), tensor.ElementCount);
            double error = Normalized(terms, range, encryptedError, clearError);
            bounds[i] = (tensor.Bound * error) + FloatingFormat.RoundingError(tensor.ElementType, tensor.Bound);
        }

        return ImmutableCollectionsMarshal.AsImmutableArray(bounds);
    }

    /// <summary>Computes the error bound of the averages of integer updates, whose sums are exact, in a tensor's own units.</summary>
    /// <param name="tensor">The tensor.</param>
    /// <param name="inputError">The error of one value before it was sent.</param>
    public static double OfIntegers(TensorSpec tensor, double inputError)
        => inputError + (tensor.Bound * Arithmetic) + FloatingFormat.RoundingError(tensor.ElementType, tensor.Bound);

    /// <summary>
    /// Computes the largest error bound of any average, in normalized units and before the rounding to element types.
    /// </summary>
    public static double Largest(AggregationTerms terms, double encryptedError, double clearError)
        => Normalized(terms, new MaskRange(0, terms.Layout.ParameterCount), encryptedError, clearError);

    private static double Normalized(AggregationTerms terms, MaskRange range, double encryptedError, double clearError)
    {
        long encrypted = terms.Mask.CountEncrypted(range);
        return Arithmetic + Math.Max(
            encrypted > 0 ? encryptedError : 0,
            encrypted < range.Length ? clearError : 0);
    }
}
