using System.Buffers;
using System.Runtime.InteropServices;

namespace FedHe.Learning.Kernels;

/// <summary>The matrix product in single precision is blocked for registers and caches.</summary>
/// <remarks>Every element of the result is summed in the order of the shared dimension, whatever the blocking and the
/// number of threads, so results are bit for bit the same for every degree of parallelism.
/// Source: Goto and van de Geijn, "Anatomy of High-Performance Matrix Multiplication", section 4 (the loop order).
/// </remarks>
internal static class Gemm
{
    private const int DepthBlock = 256;     // one right panel (256 x 16 floats) stays in the first-level cache
    private const int RowBlock = 120;       // the packed left block (120 x 256) stays in the second-level cache
    private const int ColumnBlock = 1024;
    private const long ParallelThreshold = 1L << 18;

    /// <summary>Computes result = left x right, or result += left x right.</summary>
    /// <param name="left">m x k.</param>
    /// <param name="right">k x n.</param>
    /// <param name="result">m x n, row-major and contiguous.</param>
    /// <param name="accumulate">Add to the result instead of replacing it.</param>
    /// <param name="degree">The largest number of threads to use.</param>
    public static void Multiply(
        MatrixView left, MatrixView right, Memory<float> result, bool accumulate = false, int degree = 1)
    {
        int rows = left.Rows, depth = left.Columns, columns = right.Columns;
        if (rows == 0 || columns == 0)
        {
            return;
        }

        if (depth == 0)
        {
            if (!accumulate)
            {
                result.Span.Clear();
            }

            return;
        }

        if (degree <= 1 || (long)rows * depth * columns < ParallelThreshold)
        {
            MultiplyBlock(left, right, result.Span, columns, accumulate);
            return;
        }

        // Splitting the longer side keeps the repeated packing of the other operand small.
        if (rows >= columns)
        {
            int share = Share(rows, degree, GemmMicroKernel.Rows);
            ParallelRange.For(CountShares(rows, share), degree, index =>
            {
                int start = index * share;
                MatrixView part = left with
                {
                    Memory = left.Memory[(start * left.RowStride)..],
                    Rows = Math.Min(share, rows - start),
                };
                MultiplyBlock(part, right, result.Span[(start * columns)..], columns, accumulate);
            });
        }
        else
        {
            int share = Share(columns, degree, GemmMicroKernel.Columns);
            ParallelRange.For(CountShares(columns, share), degree, index =>
            {
                int start = index * share;
                MatrixView part = right with
                {
                    Memory = right.Memory[(start * right.ColumnStride)..],
                    Columns = Math.Min(share, columns - start),
                };
                MultiplyBlock(left, part, result.Span[start..], columns, accumulate);
            });
        }
    }

    private static int CountShares(int total, int share) => (total + share - 1) / share;

    private static int Share(int total, int degree, int granularity)
    {
        int share = CountShares(total, degree);
        return CountShares(share, granularity) * granularity;
    }

    private static void MultiplyBlock(
        MatrixView left, MatrixView right, Span<float> result, int resultStride, bool accumulate)
    {
        int rows = left.Rows, depth = left.Columns, columns = right.Columns;
        int depthBlock = Math.Min(DepthBlock, depth);
        float[] packedLeft = Rent(Math.Min(RowBlock, rows), GemmMicroKernel.Rows, depthBlock);
        float[] packedRight = Rent(Math.Min(ColumnBlock, columns), GemmMicroKernel.Columns, depthBlock);
        ReadOnlySpan<float> leftValues = left.Memory.Span;
        ReadOnlySpan<float> rightValues = right.Memory.Span;

        for (int column = 0; column < columns; column += ColumnBlock)
        {
            int columnCount = Math.Min(ColumnBlock, columns - column);
            for (int step = 0; step < depth; step += DepthBlock)
            {
                int depthCount = Math.Min(DepthBlock, depth - step);
                GemmPacking.Pack(
                    rightValues[((column * right.ColumnStride) + (step * right.RowStride))..],
                    columnCount, depthCount, right.ColumnStride, right.RowStride, GemmMicroKernel.Columns, packedRight);

                for (int row = 0; row < rows; row += RowBlock)
                {
                    int rowCount = Math.Min(RowBlock, rows - row);
                    GemmPacking.Pack(
                        leftValues[((row * left.RowStride) + (step * left.ColumnStride))..],
                        rowCount, depthCount, left.RowStride, left.ColumnStride, GemmMicroKernel.Rows, packedLeft);
                    MultiplyPanels(
                        packedLeft, packedRight, rowCount, columnCount, depthCount,
                        result[((row * resultStride) + column)..], resultStride, accumulate || step > 0);
                }
            }
        }

        ArrayPool<float>.Shared.Return(packedLeft);
        ArrayPool<float>.Shared.Return(packedRight);
    }

    private static float[] Rent(int width, int panelWidth, int depth) =>
        ArrayPool<float>.Shared.Rent(CountShares(width, panelWidth) * panelWidth * depth);

    private static void MultiplyPanels(
        ReadOnlySpan<float> packedLeft, ReadOnlySpan<float> packedRight, int rows, int columns, int depth,
        Span<float> result, int stride, bool accumulate)
    {
        const int TileRows = GemmMicroKernel.Rows;
        const int TileColumns = GemmMicroKernel.Columns;
        Span<float> edge = stackalloc float[TileRows * TileColumns];

        for (int column = 0; column < columns; column += TileColumns)
        {
            ref float right = ref MemoryMarshal.GetReference(packedRight.Slice(column * depth, TileColumns * depth));
            int width = Math.Min(TileColumns, columns - column);
            for (int row = 0; row < rows; row += TileRows)
            {
                ref float left = ref MemoryMarshal.GetReference(packedLeft.Slice(row * depth, TileRows * depth));
                int height = Math.Min(TileRows, rows - row);
                Span<float> tile = result[((row * stride) + column)..];
                if (height == TileRows && width == TileColumns)
                {
                    // The slice is the bounds check: the micro-kernel touches nothing beyond it.
                    tile = tile[..((5 * stride) + TileColumns)];
                    GemmMicroKernel.Compute(
                        depth, ref left, ref right, ref MemoryMarshal.GetReference(tile), stride, accumulate);
                    continue;
                }

                CopyTile(tile, stride, edge, TileColumns, height, width);
                GemmMicroKernel.Compute(
                    depth, ref left, ref right, ref MemoryMarshal.GetReference(edge), TileColumns, accumulate);
                CopyTile(edge, TileColumns, tile, stride, height, width);
            }
        }
    }

    private static void CopyTile(
        ReadOnlySpan<float> source, int sourceStride, Span<float> destination, int destinationStride, int rows, int columns)
    {
        for (int row = 0; row < rows; row++)
        {
            source.Slice(row * sourceStride, columns).CopyTo(destination[(row * destinationStride)..]);
        }
    }
}
