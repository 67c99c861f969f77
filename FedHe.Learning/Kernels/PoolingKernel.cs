using FedHe.Learning.Tensors;

namespace FedHe.Learning.Kernels;

/// <summary>The pooling kernel folds the values under windows of each channel.</summary>
internal static class PoolingKernel
{
    /// <summary>Finds the position in the input of the largest value under every window; the first of equal values
    /// wins.</summary>
    public static int[] ArgMax(Tensor input, WindowGeometry geometry, int degree)
    {
        int outHeight = geometry.OutHeight, outWidth = geometry.OutWidth;
        int[] indices = new int[geometry.Batch * geometry.Channels * outHeight * outWidth];
        ParallelRange.For(geometry.Batch, degree, image =>
        {
            ReadOnlySpan<float> values = input.Values;
            int target = image * geometry.Channels * outHeight * outWidth;
            for (int plane = image * geometry.Channels; plane < (image + 1) * geometry.Channels; plane++)
            {
                for (int y = 0; y < outHeight; y++)
                {
                    int corner = ((plane * geometry.Height) + (y * geometry.Stride)) * geometry.Width;
                    for (int x = 0; x < outWidth; x++, corner += geometry.Stride)
                    {
                        indices[target++] = ArgMaxOfWindow(
                            values, corner, geometry.WindowHeight, geometry.WindowWidth, geometry.Width);
                    }
                }
            }
        });
        return indices;
    }

    /// <summary>Averages the values under every window.</summary>
    public static Tensor Average(Tensor input, WindowGeometry geometry)
    {
        var result = Tensor.Zeros([geometry.Batch, geometry.Channels, geometry.OutHeight, geometry.OutWidth]);
        Visit(
            geometry, input.Values, result.Values,
            static (ref float pixel, ref float position, float share) => position += pixel * share);
        return result;
    }

    /// <summary>Spreads every window's value evenly over its pixels: the transpose of <see cref="Average"/>.</summary>
    public static Tensor Spread(Tensor outputGradient, WindowGeometry geometry)
    {
        var result = Tensor.Zeros([geometry.Batch, geometry.Channels, geometry.Height, geometry.Width]);
        Visit(
            geometry, result.Values, outputGradient.Values,
            static (ref float pixel, ref float position, float share) => pixel += position * share);
        return result;
    }

    private delegate void Link(ref float pixel, ref float position, float share);

    private static void Visit(in WindowGeometry geometry, Span<float> pixels, Span<float> positions, Link link)
    {
        int outHeight = geometry.OutHeight, outWidth = geometry.OutWidth;
        float share = 1f / (geometry.WindowHeight * geometry.WindowWidth);
        int position = 0;
        for (int plane = 0; plane < geometry.Batch * geometry.Channels; plane++)
        {
            for (int y = 0; y < outHeight; y++)
            {
                for (int x = 0; x < outWidth; x++, position++)
                {
                    int corner = (((plane * geometry.Height) + (y * geometry.Stride)) * geometry.Width) + (x * geometry.Stride);
                    for (int dy = 0; dy < geometry.WindowHeight; dy++)
                    {
                        for (int dx = 0; dx < geometry.WindowWidth; dx++)
                        {
                            link(ref pixels[corner + (dy * geometry.Width) + dx], ref positions[position], share);
                        }
                    }
                }
            }
        }
    }

    private static int ArgMaxOfWindow(ReadOnlySpan<float> values, int corner, int height, int width, int stride)
    {
        int best = corner;
        float largest = values[corner];
        for (int dy = 0; dy < height; dy++)
        {
            int row = corner + (dy * stride);
            for (int index = row; index < row + width; index++)
            {
                float value = values[index];
                if (value > largest)
                {
                    largest = value;
                    best = index;
                }
            }
        }

        return best;
    }
}
