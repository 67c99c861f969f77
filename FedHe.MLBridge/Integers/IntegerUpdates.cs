using System.Collections.Immutable;
using System.Numerics;
using FedHe.Crypto.Errors;
using FedHe.MLBridge.Buffers;
using FedHe.MLBridge.Errors;
using FedHe.MLBridge.Layout;
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
        var layout = new ModelLayout(new TensorSpec("integers", ElementType.Float64, [count], Math.ScaleB(1, BitsOf(bound) - 1)));
        return new AggregationTerms(layout, Weighting.Clear, maxWeight: 1);
    }

    /// <summary>Rounds the values of a model, or of a difference, to the nearest multiples of a step.</summary>
    /// <param name="model">The values.</param>
    /// <param name="step">The value of one unit, positive.</param>
    /// <param name="bound">The largest magnitude of an integer, positive.</param>
    /// <param name="policy">The treatment of integers beyond the bound.</param>
    /// <param name="clamped">The number of integers that were moved to the bound, for each tensor.</param>
    /// <returns>The integers, ties to even. They are as secret as the values.</returns>
    /// <exception cref="ModelValueException">A value is not finite, or its integer beyond the bound under <see cref="BoundPolicy.Refuse"/>.</exception>
    public static long[] Round(IFlatModel model, double step, long bound, BoundPolicy policy, out ClampReport clamped)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(step);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(bound);
        ModelLayout layout = model.Layout;
        var counts = new int[layout.Tensors.Length];
        var integers = new long[layout.ParameterCount];
        using var buffer = new SecretBuffer(Math.Min(layout.ParameterCount, 1 << 11));
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
}
