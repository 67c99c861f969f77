using FedHe.Crypto.Identities;
using FedHe.MLBridge.Errors;
using FedHe.MLBridge.Layout;
using FedHe.MLBridge.Updates;

namespace FedHe.MLBridge.Squeezing;

/// <summary>
/// Squeezed updates are vectors of the values that travel in a round, each divided by its tensor's bound, and of marks that tell which values
/// they are.
/// </summary>
/// <remarks>
/// The marks are 1/2 or -1/2, by the bits of the digest of the positions, and are encrypted and averaged like the values. Where a client with a share w
/// of all weights chose other positions, the average of about half of the marks is off by w. Marks may be off by twice the error bound of the average,
/// of which noise takes at most one, so every holder of the key sees each w above three bounds. The values that a client with a smaller w misplaced
/// weigh w times at most 1: up to three bounds more than the bounds of the average say.
/// </remarks>
public static class SqueezedUpdates
{
    /// <summary>The number of marks behind the values of an update.</summary>
    public const int MarkCount = 64;

    /// <summary>The bits of precision that averages have at least, so that marks are off by less than a quarter.</summary>
    public const int LeastPrecisionBits = 3;

    private const double LargestError = 1.0 / (1 << LeastPrecisionBits);

    /// <summary>Creates the terms under which squeezed updates are encrypted and added up: every value and every mark is encrypted.</summary>
    /// <param name="squeeze">The sparsification terms.</param>
    /// <param name="terms">The terms of whole updates, under which every value is encrypted.</param>
    /// <exception cref="ArgumentException">More values are to travel than the model has, or the mask leaves values in clear.</exception>
    public static AggregationTerms TermsOf(SparsificationTerms squeeze, AggregationTerms terms)
    {
        ArgumentNullException.ThrowIfNull(squeeze);
        ArgumentNullException.ThrowIfNull(terms);
        return Fit(squeeze, terms)
            ? new AggregationTerms(LayoutOf(squeeze.Count), terms.Weighting, terms.MaxWeight, terms.Precision)
            : throw Throw.SqueezeDoesNotFit(nameof(squeeze));
    }

    /// <summary>Tells whether the model of some terms has as many values as are to travel, and every one of them is encrypted.</summary>
    /// <param name="squeeze">The sparsification terms.</param>
    /// <param name="terms">The terms of whole updates.</param>
    public static bool Fit(SparsificationTerms squeeze, AggregationTerms terms)
    {
        ArgumentNullException.ThrowIfNull(squeeze);
        ArgumentNullException.ThrowIfNull(terms);
        return squeeze.Count <= terms.Layout.ParameterCount && terms.Mask.IsAll;
    }

    /// <summary>Tells whether marks can be read from averages: whether they may be off by less than a quarter.</summary>
    /// <param name="error">The error bound of an average, in units of its tensor's bound.</param>
    internal static bool CanTell(double error) => error < LargestError;

    /// <summary>Computes how far a mark may be off. Noise exceeds its bound with probability 2^-80, and twice the bound leaves room for rounding.</summary>
    internal static double ToleranceOf(double error) => 2 * error;

    internal static ModelLayout LayoutOf(int count) => new(
        new TensorSpec("values", ElementType.Float64, [count], bound: 1), new TensorSpec("marks", ElementType.Float64, [MarkCount], bound: 1));

    /// <summary>Writes the marks of positions.</summary>
    internal static void WriteMarks(Digest positions, Span<double> marks)
    {
        Span<byte> digest = stackalloc byte[Digest.SizeInBytes];
        positions.CopyTo(digest);
        for (int i = 0; i < MarkCount; i++)
        {
            marks[i] = (digest[i / 8] >> (i % 8) & 1) - 0.5;
        }
    }
}
