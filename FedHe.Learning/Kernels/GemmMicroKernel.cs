using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace FedHe.Learning.Kernels;

/// <summary>The micro-kernel is the innermost block of the matrix product: a 6 x 16 tile of the result held in twelve
/// registers.</summary>
/// <remarks>Twelve independent accumulators hide the latency of the multiply-add; with two registers for the right
/// panel and one for the broadcast, fifteen of the sixteen registers of the narrowest target are in use.</remarks>
internal static class GemmMicroKernel
{
    /// <summary>The number of rows of the tile.</summary>
    public const int Rows = 6;

    /// <summary>The number of columns of the tile.</summary>
    public const int Columns = 16;

    private const int Lanes = 8;

    /// <summary>Adds the product of two packed panels to a tile, or stores the product there.</summary>
    /// <param name="depth">The length of the panels.</param>
    /// <param name="left">A panel of <see cref="Rows"/> values per step.</param>
    /// <param name="right">A panel of <see cref="Columns"/> values per step.</param>
    /// <param name="tile">The tile's first element.</param>
    /// <param name="stride">The distance between the tile's rows.</param>
    /// <param name="accumulate">Add to what the tile holds instead of replacing it.</param>
    public static void Compute(int depth, ref float left, ref float right, ref float tile, int stride, bool accumulate)
    {
        Vector256<float> c00 = default, c01 = default, c10 = default, c11 = default, c20 = default, c21 = default;
        Vector256<float> c30 = default, c31 = default, c40 = default, c41 = default, c50 = default, c51 = default;
        if (accumulate)
        {
            (c00, c01) = LoadRow(ref tile, 0);
            (c10, c11) = LoadRow(ref tile, stride);
            (c20, c21) = LoadRow(ref tile, 2 * stride);
            (c30, c31) = LoadRow(ref tile, 3 * stride);
            (c40, c41) = LoadRow(ref tile, 4 * stride);
            (c50, c51) = LoadRow(ref tile, 5 * stride);
        }

        for (int step = 0; step < depth; step++)
        {
            var b0 = Vector256.LoadUnsafe(ref right);
            var b1 = Vector256.LoadUnsafe(ref right, Lanes);

            var a = Vector256.Create(left);
            c00 = Vector256.MultiplyAddEstimate(a, b0, c00);
            c01 = Vector256.MultiplyAddEstimate(a, b1, c01);
            a = Vector256.Create(Unsafe.Add(ref left, 1));
            c10 = Vector256.MultiplyAddEstimate(a, b0, c10);
            c11 = Vector256.MultiplyAddEstimate(a, b1, c11);
            a = Vector256.Create(Unsafe.Add(ref left, 2));
            c20 = Vector256.MultiplyAddEstimate(a, b0, c20);
            c21 = Vector256.MultiplyAddEstimate(a, b1, c21);
            a = Vector256.Create(Unsafe.Add(ref left, 3));
            c30 = Vector256.MultiplyAddEstimate(a, b0, c30);
            c31 = Vector256.MultiplyAddEstimate(a, b1, c31);
            a = Vector256.Create(Unsafe.Add(ref left, 4));
            c40 = Vector256.MultiplyAddEstimate(a, b0, c40);
            c41 = Vector256.MultiplyAddEstimate(a, b1, c41);
            a = Vector256.Create(Unsafe.Add(ref left, 5));
            c50 = Vector256.MultiplyAddEstimate(a, b0, c50);
            c51 = Vector256.MultiplyAddEstimate(a, b1, c51);

            left = ref Unsafe.Add(ref left, Rows);
            right = ref Unsafe.Add(ref right, Columns);
        }

        StoreRow(ref tile, 0, c00, c01);
        StoreRow(ref tile, stride, c10, c11);
        StoreRow(ref tile, 2 * stride, c20, c21);
        StoreRow(ref tile, 3 * stride, c30, c31);
        StoreRow(ref tile, 4 * stride, c40, c41);
        StoreRow(ref tile, 5 * stride, c50, c51);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static (Vector256<float> Low, Vector256<float> High) LoadRow(ref float tile, int offset) =>
        (Vector256.LoadUnsafe(ref tile, (nuint)offset), Vector256.LoadUnsafe(ref tile, (nuint)offset + Lanes));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void StoreRow(ref float tile, int offset, Vector256<float> low, Vector256<float> high)
    {
        low.StoreUnsafe(ref tile, (nuint)offset);
        high.StoreUnsafe(ref tile, (nuint)offset + Lanes);
    }
}
