using System.Collections.Immutable;
using System.Numerics;
using FedHe.Crypto.Errors;
using FedHe.MLBridge.Buffers;
using FedHe.MLBridge.Errors;
using FedHe.MLBridge.Layout;
using FedHe.MLBridge.Segments;
using FedHe.MLBridge.Selection;
using FedHe.MLBridge.Updates;

namespace FedHe.MLBridge.Integers;

/// <summary>
/// Integer updates are vectors of integers with a known bound in the place of a model's values. Under parameters of exact integers they
/// travel and add up without any error.
/// </summary>
/// <remarks>
/// An integer k travels as k / 2^(b-1), a value in [-1, 1] that parameters of exact b-bit integers encode without rounding. The layout of
/// the terms is therefore one tensor of doubles with the bound 2^(b-1), as long as the vector of integers.
/// </remarks>
public static class IntegerUpdates
{
    /// <summary>The largest bound on the magnitude of an integer: 2^31.</summary>
    public const long LargestBound = 1L << 31;

    /// <summary>The largest bound on the magnitude of integers of which some travel in clear: 2^30.</summary>
    public const long LargestClearBound = 1L << ClearPart.LogScale;

    // The fewest bits that exact integers have.
    private const int LeastBits = 4;

    /// <summary>Returns the number b of bits, 4 to 32, with which integers up to a bound travel: 2^(b-1) is at least the bound.</summary>
    /// <param name="bound">The largest magnitude of an integer, 1 to <see cref="LargestBound"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException">The bound is out of range.</exception>
    public static int BitsOf(long bound)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(bound, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(bound, LargestBound);
        return Math.Max(LeastBits, BitOperations.Log2((ulong)bound - 1) + 2);
    }

    /// <summary>Creates the terms of integer updates: every integer is encrypted, and every client has the weight 1.</summary>
    /// <param name="count">The number of integers of an update, positive: as many as the model has values, or another number where clients transform these.</param>
    /// <param name="bound">The largest magnitude of an integer, 1 to <see cref="LargestBound"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is out of range.</exception>
    public static AggregationTerms TermsOf(int count, long bound)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(count);
        return new AggregationTerms(LayoutOf(count, bound), Weighting.Clear, maxWeight: 1);
    }

    /// <summary>
    /// Creates the terms of integer updates of which a mask leaves some in clear, which travel exactly too; every client has the weight 1.
    /// </summary>
    /// <param name="mask">The mask of the first integers.</param>
    /// <param name="others">The number of integers behind them, at least 0, which are all encrypted.</param>
    /// <param name="bound">The largest magnitude of an integer, 1 to <see cref="LargestClearBound"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is out of range.</exception>
    /// <exception cref="TooLongForMemoryException">There are more integers than an array can have.</exception>
    /// <remarks>
    /// Of b bits, an integer k in clear is the integer k * 2^(31-b) in units of 2^-30 of the bound 2^(b-1), as every value in clear is written. Nothing is
    /// rounded.
    /// </remarks>
    public static AggregationTerms TermsUnder(EncryptionMask mask, int others, long bound)
    {
        ArgumentNullException.ThrowIfNull(mask);
        ArgumentOutOfRangeException.ThrowIfNegative(others);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(bound, LargestClearBound);
        long count = mask.ParameterCount + others;
        ModelLayout layout = LayoutOf(count <= Array.MaxLength ? (int)count : throw Throw.ModelTooLong(count), bound);
        return new AggregationTerms(layout, mask.Over(layout), Weighting.Clear, maxWeight: 1);
    }

    /// <summary>
    /// Tells whether every integer in clear of an update is an integer within the bound, for a server that keeps one client's nonsense out of a sum.
    /// </summary>
    /// <param name="update">The update.</param>
    /// <param name="terms">The terms of integers that the update was read under.</param>
    /// <param name="bound">The bound that the terms were created with.</param>
    public static bool AreIntegersInClear(EncryptedModelUpdate update, AggregationTerms terms, long bound)
    {
        ArgumentNullException.ThrowIfNull(update);
        ArgumentNullException.ThrowIfNull(terms);
        long unit = 1L << ClearShiftOf(terms);
        long largest = bound * unit;
        var block = new long[(int)Math.Min(update.Clear.Count, ClearIntegers.BlockLength)];
        for (long first = 0; first < update.Clear.Count; first += block.Length)
        {
            Span<long> integers = block.AsSpan(0, (int)Math.Min(block.Length, update.Clear.Count - first));
            update.CopyClearTo(first, integers);
            foreach (long integer in integers)
            {
                if ((integer & (unit - 1)) != 0 || Math.Abs(integer) > largest)
                {
                    return false;
                }
            }
        }

        return true;
    }

    /// <summary>Returns the logarithm of the units in which an integer in clear is counted on the wire.</summary>
    internal static int ClearShiftOf(AggregationTerms terms) => ClearPart.LogScale - Math.ILogB(terms.Layout.Tensors[0].Bound);

    /// <summary>Rounds the values of a model, or of a difference, to the nearest multiples of a step.</summary>
    /// <param name="model">The values.</param>
    /// <param name="step">The value of one unit, positive.</param>
    /// <param name="bound">The largest magnitude of an integer, positive.</param>
    /// <param name="policy">The treatment of integers beyond the bound.</param>
    /// <param name="clamped">The number of integers that were moved to the bound, for each tensor.</param>
    /// <returns>The integers, ties to even. They are as secret as the values.</returns>
    /// <exception cref="TooLongForMemoryException">The model has more values than an array.</exception>
    /// <exception cref="ModelValueException">A value is not finite, or its integer beyond the bound under <see cref="BoundPolicy.Refuse"/>.</exception>
    public static long[] Round(IFlatModel model, double step, long bound, BoundPolicy policy, out ClampReport clamped)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(step);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(bound);
        ModelLayout layout = model.Layout;
        var counts = new long[layout.Tensors.Length];
        var integers = new long[layout.ToArrayLength()];
        using var buffer = new SecretBuffer(Math.Min(integers.Length, 1 << 11));
        for (int start = 0; start < integers.Length;)
        {
            TensorRun run = layout.RunAt(start, Math.Min(buffer.Span.Length, integers.Length - start));
            Span<double> values = buffer.Span[..run.Length];
            model.CopyFlatTo(start, values);
            for (int i = 0; i < values.Length; i++)
            {
                double rounded = Math.Round(values[i] / step);
                if (!double.IsFinite(rounded))
                {
                    throw new ModelValueException(ValueError.NotFinite, layout.Tensors[run.TensorIndex].Name, run.Start + i);
                }

                if (Math.Abs(rounded) > bound)
                {
                    if (policy == BoundPolicy.Refuse)
                    {
                        throw new ModelValueException(ValueError.OutsideBound, layout.Tensors[run.TensorIndex].Name, run.Start + i);
                    }

                    rounded = Math.CopySign(bound, rounded);
                    counts[run.TensorIndex]++;
                }

                integers[start + i] = (long)rounded;
            }

            start += run.Length;
        }

        clamped = new ClampReport(ImmutableArray.Create(counts));
        return integers;
    }

    private static ModelLayout LayoutOf(int count, long bound)
        => new(new TensorSpec("integers", ElementType.Float64, [count], Math.ScaleB(1, BitsOf(bound) - 1)));
}
