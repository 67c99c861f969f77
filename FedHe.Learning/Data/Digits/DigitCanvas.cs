using System.Numerics;

namespace FedHe.Learning.Data.Digits;

/// <summary>A canvas is a gray image on which strokes of a soft round pen are drawn.</summary>
internal sealed class DigitCanvas(int size)
{
    private readonly float[] _pixels = new float[size * size];

    public ReadOnlySpan<float> Pixels => _pixels;

    public void Clear() => Array.Clear(_pixels);

    /// <summary>Draws a segment; where strokes cross, the darker one stays.</summary>
    /// <param name="start">The start of the segment, in pixels.</param>
    /// <param name="end">The end of the segment, in pixels.</param>
    /// <param name="radius">Half the pen's width in pixels; the edge fades over one pixel.</param>
    public void DrawSegment(Vector2 start, Vector2 end, float radius)
    {
        var reach = new Vector2(radius + 1);
        var low = Vector2.Clamp(Vector2.Min(start, end) - reach, Vector2.Zero, new Vector2(size - 1));
        var high = Vector2.Clamp(Vector2.Max(start, end) + reach, Vector2.Zero, new Vector2(size - 1));
        Vector2 direction = end - start;
        float scale = 1 / Math.Max(direction.LengthSquared(), 1e-6f);
        for (int y = (int)low.Y; y <= (int)high.Y; y++)
        {
            for (int x = (int)low.X; x <= (int)high.X; x++)
            {
                Vector2 offset = new Vector2(x, y) - start;
                float along = Math.Clamp(Vector2.Dot(offset, direction) * scale, 0, 1);
                float ink = Math.Clamp(radius + 0.5f - Vector2.Distance(offset, along * direction), 0, 1);
                ref float pixel = ref _pixels[(y * size) + x];
                pixel = Math.Max(pixel, ink);
            }
        }
    }
}
