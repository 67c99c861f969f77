using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace FedHe.Learning.Kernels;

/// <summary>The packing copies blocks of a matrix into panels that the micro-kernel reads front to back.</summary>
internal static class GemmPacking
{
    /// <summary>Packs a block as panels of <paramref name="panelWidth"/> vectors along one axis, zero-padded.</summary>
    /// <param name="source">The matrix's elements.</param>
    /// <param name="width">How many vectors (rows of the left matrix, columns of the right one) the block has.</param>
    /// <param name="depth">The block's length along the axis that the product sums over.</param>
    /// <param name="widthStride">Distance in the source from one vector to the next.</param>
    /// <param name="depthStride">Distance in the source from one step of a vector to the next.</param>
    /// <param name="panelWidth">Vectors per panel.</param>
    /// <param name="destination">Receives width (rounded up to whole panels) x depth values.</param>
    public static void Pack(
        ReadOnlySpan<float> source, int width, int depth, int widthStride, int depthStride,
        int panelWidth, Span<float> destination)
    {
        for (int start = 0; start < width; start += panelWidth)
        {
            Span<float> panel = destination.Slice(start * depth, panelWidth * depth);
            int filled = Math.Min(panelWidth, width - start);
            if (filled < panelWidth)
            {
                panel.Clear();
            }

            ReadOnlySpan<float> block = source[(start * widthStride)..];
            if (widthStride == 1)
            {
                PackContiguous(block, filled, depth, depthStride, panelWidth, panel);
            }
            else
            {
                PackStrided(block, filled, depth, widthStride, depthStride, panelWidth, panel);
            }
        }
    }

    private static void PackContiguous(
        ReadOnlySpan<float> block, int filled, int depth, int depthStride, int panelWidth, Span<float> panel)
    {
        if (filled == 2 * Vector256<float>.Count && panelWidth == filled)
        {
            for (int step = 0; step < depth; step++)
            {
                ReadOnlySpan<float> source = block.Slice(step * depthStride, filled);
                Span<float> target = panel.Slice(step * panelWidth, panelWidth);
                Vector256.Create(source).CopyTo(target);
                Vector256.Create(source[Vector256<float>.Count..]).CopyTo(target[Vector256<float>.Count..]);
            }

            return;
        }

        for (int step = 0; step < depth; step++)
        {
            block.Slice(step * depthStride, filled).CopyTo(panel[(step * panelWidth)..]);
        }
    }

    private static void PackStrided(
        ReadOnlySpan<float> block, int filled, int depth, int widthStride, int depthStride, int panelWidth, Span<float> panel)
    {
        for (int vector = 0; vector < filled; vector++)
        {
            // One bounds check per vector instead of two per value: this loop is a tenth of a dense layer's time.
            ref float from = ref MemoryMarshal.GetReference(block.Slice(vector * widthStride, ((depth - 1) * depthStride) + 1));
            ref float to = ref MemoryMarshal.GetReference(panel.Slice(vector, ((depth - 1) * panelWidth) + 1));
            int step = 0;
            for (; step + 4 <= depth; step += 4)
            {
                to = from;
                Unsafe.Add(ref to, panelWidth) = Unsafe.Add(ref from, depthStride);
                Unsafe.Add(ref to, 2 * panelWidth) = Unsafe.Add(ref from, 2 * depthStride);
                Unsafe.Add(ref to, 3 * panelWidth) = Unsafe.Add(ref from, 3 * depthStride);
                to = ref Unsafe.Add(ref to, 4 * panelWidth);
                from = ref Unsafe.Add(ref from, 4 * depthStride);
            }

            for (; step < depth; step++)
            {
                to = from;
                to = ref Unsafe.Add(ref to, panelWidth);
                from = ref Unsafe.Add(ref from, depthStride);
            }
        }
    }
}
