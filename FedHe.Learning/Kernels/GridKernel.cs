using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace FedHe.Learning.Kernels;

/// <summary>The grid kernel rounds products to whole numbers and adds them to sums of whole numbers, held as doubles.</summary>
/// <remarks>Sums are exact as long as they stay below 2^53, so they depend neither on the order nor on the grouping of what is
/// added. A product below 2^51 is rounded to nearest by adding 1.5 x 2^52 and taking it away again; with the rounding of the
/// product itself, the error of a product below 2^33 is at most 1/2 + 2^-20.</remarks>
internal static class GridKernel
{
    private const double Shift = 6755399441055744.0;
    private const int ColumnTile = 256;     // a tile of 32 rows of floats stays in the first-level cache
    private const int Lanes = 4;
    private const int Step = 4 * Lanes;

    /// <summary>Computes sums[j] += round(factor x values[j]).</summary>
    public static void Add(ReadOnlySpan<float> values, double factor, Span<double> sums)
    {
        ref float from = ref MemoryMarshal.GetReference(values);
        ref double to = ref MemoryMarshal.GetReference(sums[..values.Length]);
        int j = 0;
        for (; j + (2 * Lanes) <= values.Length; j += 2 * Lanes)
        {
            (Vector256<double> low, Vector256<double> high) = Vector256.Widen(Vector256.LoadUnsafe(ref from, (nuint)j));
            (Vector256.LoadUnsafe(ref to, (nuint)j) + Round(low, factor)).StoreUnsafe(ref to, (nuint)j);
            (Vector256.LoadUnsafe(ref to, (nuint)j + Lanes) + Round(high, factor)).StoreUnsafe(ref to, (nuint)j + Lanes);
        }

        for (; j < values.Length; j++)
        {
            sums[j] += Round(values[j], factor);
        }
    }

    /// <summary>Computes sums[r, c] += the sum over samples s of round(left[s, r] x right[s, c]), for some rows r.</summary>
    /// <param name="left">[samples, rows]; zeros are skipped, and nothing of <paramref name="right"/> is read for them.</param>
    /// <param name="right">[samples, columns].</param>
    /// <param name="sums">[rows, columns].</param>
    /// <param name="samples">The number of samples.</param>
    /// <param name="rows">The number of rows.</param>
    /// <param name="columns">The number of columns.</param>
    /// <param name="firstRow">The first row to compute.</param>
    /// <param name="endRow">The row after the last one to compute.</param>
    public static void AddOuterProducts(
        ReadOnlySpan<double> left, ReadOnlySpan<float> right, Span<double> sums,
        int samples, int rows, int columns, int firstRow, int endRow)
    {
        double[] factors = new double[samples];
        int[] offsets = new int[samples];
        for (int tile = 0; tile < columns; tile += ColumnTile)
        {
            int tileEnd = Math.Min(columns, tile + ColumnTile);
            for (int row = firstRow; row < endRow; row++)
            {
                int used = 0;
                for (int sample = 0; sample < samples; sample++)
                {
                    double factor = left[(sample * rows) + row];
                    if (factor != 0)
                    {
                        factors[used] = factor;
                        offsets[used++] = sample * columns;
                    }
                }

                if (used > 0)
                {
                    AddRow(
                        factors.AsSpan(0, used), offsets, right, tile, tileEnd, sums.Slice(row * columns, columns));
                }
            }
        }
    }

    private static void AddRow(
        ReadOnlySpan<double> factors, ReadOnlySpan<int> offsets, ReadOnlySpan<float> right, int first, int end, Span<double> sums)
    {
        ref double to = ref MemoryMarshal.GetReference(sums[..end]);
        int column = first;
        for (; column + Step <= end; column += Step)
        {
            var s0 = Vector256.LoadUnsafe(ref to, (nuint)column);
            var s1 = Vector256.LoadUnsafe(ref to, (nuint)column + Lanes);
            var s2 = Vector256.LoadUnsafe(ref to, (nuint)column + (2 * Lanes));
            var s3 = Vector256.LoadUnsafe(ref to, (nuint)column + (3 * Lanes));
            for (int i = 0; i < factors.Length; i++)
            {
                // The slice is the bounds check.
                ref float from = ref MemoryMarshal.GetReference(right.Slice(offsets[i] + column, Step));
                double factor = factors[i];
                (Vector256<double> v0, Vector256<double> v1) = Vector256.Widen(Vector256.LoadUnsafe(ref from));
                (Vector256<double> v2, Vector256<double> v3) = Vector256.Widen(Vector256.LoadUnsafe(ref from, 2 * Lanes));
                s0 += Round(v0, factor);
                s1 += Round(v1, factor);
                s2 += Round(v2, factor);
                s3 += Round(v3, factor);
            }

            s0.StoreUnsafe(ref to, (nuint)column);
            s1.StoreUnsafe(ref to, (nuint)column + Lanes);
            s2.StoreUnsafe(ref to, (nuint)column + (2 * Lanes));
            s3.StoreUnsafe(ref to, (nuint)column + (3 * Lanes));
        }

        for (; column < end; column++)
        {
            for (int i = 0; i < factors.Length; i++)
            {
                sums[column] += Round(right[offsets[i] + column], factors[i]);
            }
        }
    }

    private static Vector256<double> Round(Vector256<double> values, double factor)
        => (values * factor) + Vector256.Create(Shift) - Vector256.Create(Shift);

    // Product and sum round one after the other here as above: neither form is contracted to a fused one.
    private static double Round(float value, double factor) => (value * factor) + Shift - Shift;
}
