namespace FedHe.PrivacyAudit.Metrics;

/// <summary>The multi-scale factors are the numbers that multi-scale structural similarity multiplies.</summary>
internal static class MultiScale
{
    public static double[] Weights { get; } = [0.0448, 0.2856, 0.3001, 0.2363, 0.1333];

    /// <summary>
    /// Computes contrast and structure of every scale but the last, and the whole similarity of the last scale, as means over the
    /// channels.
    /// </summary>
    /// <remarks>As many scales as leave room for the window are used, at most five.</remarks>
    public static double[] Factors(ImagePlanes original, ImagePlanes recovered)
    {
        ArgumentNullException.ThrowIfNull(original);
        int smallest = Math.Min(original.Height, original.Width);
        int scales = Math.Clamp((int)Math.Floor(Math.Log2((double)smallest / Structure.Window)) + 1, 1, Weights.Length);
        return [.. Enumerable.Range(0, scales).Select(scale => ImageSimilarity.OverChannels(original, recovered, 1, (x, y) =>
        {
            Structure structure = Structure.Of(Shrink(x, scale), Shrink(y, scale));
            return scale == scales - 1 ? structure.Similarity : structure.ContrastStructure;
        }))];
    }

    private static Plane Shrink(Plane plane, int times) => times == 0 ? plane : Shrink(plane.AverageBlocks(), times - 1);
}
