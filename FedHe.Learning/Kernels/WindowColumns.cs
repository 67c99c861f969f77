namespace FedHe.Learning.Kernels;

/// <summary>Window columns lay the windows of one image out as columns of a matrix [window length, positions], and
/// back.</summary>
internal static class WindowColumns
{
    /// <summary>Copies an image to columns ("im2col"); positions outside the image read as zero.</summary>
    public static void Gather(ReadOnlySpan<float> image, in WindowGeometry geometry, Span<float> columns)
    {
        int outHeight = geometry.OutHeight, outWidth = geometry.OutWidth, stride = geometry.Stride;
        int target = 0;
        for (int channel = 0; channel < geometry.Channels; channel++)
        {
            ReadOnlySpan<float> plane = image.Slice(channel * geometry.Height * geometry.Width, geometry.Height * geometry.Width);
            for (int dy = 0; dy < geometry.WindowHeight; dy++)
            {
                for (int dx = 0; dx < geometry.WindowWidth; dx++)
                {
                    (int first, int end) = Inside(geometry, dx);
                    for (int y = 0; y < outHeight; y++, target += outWidth)
                    {
                        Span<float> row = columns.Slice(target, outWidth);
                        int sourceY = (y * stride) + dy - geometry.Padding;
                        if ((uint)sourceY >= (uint)geometry.Height || first >= end)
                        {
                            row.Clear();
                            continue;
                        }

                        row[..first].Clear();
                        row[end..].Clear();
                        ReadOnlySpan<float> source = plane[((sourceY * geometry.Width) + (first * stride) + dx - geometry.Padding)..];
                        if (stride == 1)
                        {
                            source[..(end - first)].CopyTo(row[first..]);
                            continue;
                        }

                        for (int x = first; x < end; x++)
                        {
                            row[x] = source[(x - first) * stride];
                        }
                    }
                }
            }
        }
    }

    /// <summary>Adds columns to an image ("col2im"), every entry to the pixel from which the entry was read.</summary>
    public static void ScatterAdd(ReadOnlySpan<float> columns, in WindowGeometry geometry, Span<float> image)
    {
        int outHeight = geometry.OutHeight, outWidth = geometry.OutWidth, stride = geometry.Stride;
        int source = 0;
        for (int channel = 0; channel < geometry.Channels; channel++)
        {
            Span<float> plane = image.Slice(channel * geometry.Height * geometry.Width, geometry.Height * geometry.Width);
            for (int dy = 0; dy < geometry.WindowHeight; dy++)
            {
                for (int dx = 0; dx < geometry.WindowWidth; dx++)
                {
                    (int first, int end) = Inside(geometry, dx);
                    for (int y = 0; y < outHeight; y++, source += outWidth)
                    {
                        int targetY = (y * stride) + dy - geometry.Padding;
                        if ((uint)targetY >= (uint)geometry.Height || first >= end)
                        {
                            continue;
                        }

                        ReadOnlySpan<float> row = columns.Slice(source + first, end - first);
                        Span<float> target = plane[((targetY * geometry.Width) + (first * stride) + dx - geometry.Padding)..];
                        if (stride == 1)
                        {
                            SumOperator.Accumulate(row, target[..row.Length]);
                            continue;
                        }

                        for (int x = 0; x < row.Length; x++)
                        {
                            target[x * stride] += row[x];
                        }
                    }
                }
            }
        }
    }

    /// <summary>Finds the output columns for which the window's column <paramref name="dx"/> lies inside the
    /// image.</summary>
    private static (int First, int End) Inside(in WindowGeometry geometry, int dx)
    {
        int before = geometry.Padding - dx;
        int first = before <= 0 ? 0 : (before + geometry.Stride - 1) / geometry.Stride;
        int last = geometry.Width - 1 + before;
        int end = last < 0 ? 0 : Math.Min(geometry.OutWidth, (last / geometry.Stride) + 1);
        return (Math.Min(first, end), end);
    }
}
