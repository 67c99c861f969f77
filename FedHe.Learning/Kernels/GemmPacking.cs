namespace FedHe.Learning.Kernels;

/// <summary>Copies blocks of a matrix into panels that the micro-kernel reads front to back.</summary>
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
        ReadOnlySpan<float> source, int width, int depth, int widthStride, int depthStride, int panelWidth, Span<float> destination)
    {
        for (var start = 0; start < width; start += panelWidth)
        {
            var panel = destination.Slice(start * depth, panelWidth * depth);
            var filled = Math.Min(panelWidth, width - start);
            if (filled < panelWidth)
            {
                panel.Clear();
            }

            var block = source[(start * widthStride)..];
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
        for (var step = 0; step < depth; step++)
        {
            block.Slice(step * depthStride, filled).CopyTo(panel[(step * panelWidth)..]);
        }
    }

    private static void PackStrided(
        ReadOnlySpan<float> block, int filled, int depth, int widthStride, int depthStride, int panelWidth, Span<float> panel)
    {
        for (var vector = 0; vector < filled; vector++)
        {
            var from = vector * widthStride;
            for (var to = vector; to < panel.Length; to += panelWidth)
            {
                panel[to] = block[from];
                from += depthStride;
            }
        }
    }
}
