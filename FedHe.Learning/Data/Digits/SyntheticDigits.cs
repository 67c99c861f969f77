using System.Numerics;
using FedHe.Learning.Data.Images;
using FedHe.Learning.Randomness;
using FedHe.Learning.Tensors;
using Tensor = FedHe.Learning.Tensors.Tensor;

namespace FedHe.Learning.Data.Digits;

/// <summary>Synthetic digits are images that look like handwritten digits, as data for a first run without a
/// download.</summary>
/// <remarks>Each image takes a way of writing its digit, moves the control points a little, bends, slants, turns,
/// scales and shifts the whole, and draws it with a pen of random width, pressure and grain. The format is MNIST's:
/// 28 x 28 gray pixels in [0, 1], white on black.</remarks>
public static class SyntheticDigits
{
    private const int Size = 28;
    private const int StepsPerPoint = 5;

    /// <summary>Draws a dataset; equal arguments give equal images.</summary>
    /// <param name="count">The number of images, at least 1.</param>
    /// <param name="seed">Sets everything that is random.</param>
    /// <returns>Images [count, 1, 28, 28] in random order, the ten classes as even as possible.</returns>
    public static Dataset Generate(int count, int seed)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        var random = new SeededRandom(seed);
        int[] labels = Enumerable.Range(0, count).Select(sample => sample % 10).ToArray();
        random.Shuffle<int>(labels);

        ILookup<int, Vector2[][]> strokes = DigitStrokes.Load();
        Vector2[][][][] variants = Enumerable.Range(0, 10).Select(digit => strokes[digit].ToArray()).ToArray();
        var features = Tensor.Uninitialized([count, 1, Size, Size]);
        var canvas = new DigitCanvas(Size);
        for (int sample = 0; sample < count; sample++)
        {
            Vector2[][][] choices = variants[labels[sample]];
            canvas.Clear();
            Draw(choices[random.NextInt32(choices.Length)], canvas, random);
            Develop(canvas.Pixels, features.Values.Slice(sample * Size * Size, Size * Size), random);
        }

        return new Dataset("synthetic digits", features, labels, ImageDecoder.NumberedClasses(10));
    }

    private static void Draw(Vector2[][] strokes, DigitCanvas canvas, SeededRandom random)
    {
        Matrix3x2 place = RandomPlacement(random);
        var bend = new HandBend(random);
        float radius = (float)random.NextUniform(0.8, 1.8);
        foreach (Vector2[] stroke in strokes)
        {
            Vector2[] points = Array.ConvertAll(stroke, point =>
                Vector2.Transform(bend.Apply(point + Jitter(random, 0.028)), place));
            DrawCurve(points, canvas, radius);
        }
    }

    /// <summary>Draws the slant, rotation, width, height and position of the whole digit.</summary>
    private static Matrix3x2 RandomPlacement(SeededRandom random)
    {
        float width = (float)(Size * random.NextUniform(0.48, 0.72));
        float height = (float)(Size * random.NextUniform(0.62, 0.76));
        float slant = (float)Math.Clamp(0.16 + (0.15 * random.NextGaussian()), -0.25, 0.5);
        return Matrix3x2.CreateTranslation(-0.5f, -0.5f)
            * Matrix3x2.CreateScale(width, height)
            * new Matrix3x2(1, 0, -slant, 1, 0, 0)
            * Matrix3x2.CreateRotation((float)(0.08 * random.NextGaussian()))
            * Matrix3x2.CreateTranslation(new Vector2((Size - 1) / 2f) + Jitter(random, 0.6));
    }

    /// <summary>Draws a smooth curve through the points (Catmull-Rom).</summary>
    private static void DrawCurve(Vector2[] points, DigitCanvas canvas, float radius)
    {
        Vector2 previous = points[0];
        for (int i = 0; i + 1 < points.Length; i++)
        {
            Vector2 before = points[Math.Max(i - 1, 0)];
            Vector2 after = points[Math.Min(i + 2, points.Length - 1)];
            for (int step = 1; step <= StepsPerPoint; step++)
            {
                Vector2 next = CatmullRom(before, points[i], points[i + 1], after, step / (float)StepsPerPoint);
                canvas.DrawSegment(previous, next, radius);
                previous = next;
            }
        }
    }

    private static Vector2 CatmullRom(Vector2 a, Vector2 b, Vector2 c, Vector2 d, float t) =>
        0.5f * ((2 * b) + ((c - a) * t) + (((2 * a) - (5 * b) + (4 * c) - d) * t * t) + (((3 * (b - c)) + d - a) * t * t * t));

    /// <summary>Adds the pen's pressure and the grain of the paper.</summary>
    private static void Develop(ReadOnlySpan<float> ink, Span<float> pixels, SeededRandom random)
    {
        float pressure = (float)random.NextUniform(0.75, 1);
        float grain = (float)random.NextUniform(0.02, 0.1);
        for (int i = 0; i < ink.Length; i++)
        {
            float noise = grain * (float)(random.NextDouble() + random.NextDouble() - 1);
            pixels[i] = Math.Clamp((ink[i] * pressure) + noise, 0, 1);
        }
    }

    private static Vector2 Jitter(SeededRandom random, double deviation) =>
        new((float)(deviation * random.NextGaussian()), (float)(deviation * random.NextGaussian()));
}
