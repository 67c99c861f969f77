using FedHe.Crypto.Kernels.MultiPrecision;
using FedHe.PrivacyAudit.Errors;

namespace FedHe.PrivacyAudit.Metrics;

/// <summary>A plane is one channel of a picture, with the filters on which similarity measures build.</summary>
internal sealed class Plane(int height, int width, double[] values)
{
    public int Height { get; } = height;

    public int Width { get; } = width;

    public double[] Values { get; } = values;

    public double Mean => Values.Average();

    public static Plane Combine(Plane left, Plane right, Func<double, double, double> function)
    {
        double[] values = new double[left.Values.Length];
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = function(left.Values[i], right.Values[i]);
        }

        return new Plane(left.Height, left.Width, values);
    }

    public static Plane operator *(Plane left, Plane right) => Combine(left, right, static (a, b) => a * b);

    public static Plane operator -(Plane left, Plane right) => Combine(left, right, static (a, b) => a - b);

    /// <summary>Creates Gaussian taps of a given size that sum to one.</summary>
    public static double[] Gaussian(int size, double sigma)
    {
        double[] taps = new double[size];
        for (int i = 0; i < size; i++)
        {
            double distance = i - ((size - 1) / 2.0);
            taps[i] = Math.Exp(-distance * distance / (2 * sigma * sigma));
        }

        double sum = taps.Sum();
        return Array.ConvertAll(taps, tap => tap / sum);
    }

    /// <summary>Creates equal taps of a given size that sum to one.</summary>
    public static double[] Box(int size)
    {
        double[] taps = new double[size];
        Array.Fill(taps, 1.0 / size);
        return taps;
    }

    /// <summary>Filters rows and columns with the same symmetric taps, at every position where the whole window fits.</summary>
    /// <remarks>
    /// Where the picture is smaller than the window, the two change places, as in SciPy's <c>convolve2d(mode="valid")</c>.
    /// </remarks>
    public Plane Filter(double[] taps)
    {
        if (Height < taps.Length || Width < taps.Length)
        {
            return FilterBySwapping(taps);
        }

        int outWidth = Width - taps.Length + 1;
        int outHeight = Height - taps.Length + 1;
        double[] rows = new double[Height * outWidth];
        for (int y = 0; y < Height; y++)
        {
            for (int x = 0; x < outWidth; x++)
            {
                for (int t = 0; t < taps.Length; t++)
                {
                    rows[(y * outWidth) + x] += taps[t] * Values[(y * Width) + x + t];
                }
            }
        }

        double[] result = new double[outHeight * outWidth];
        for (int y = 0; y < outHeight; y++)
        {
            for (int t = 0; t < taps.Length; t++)
            {
                for (int x = 0; x < outWidth; x++)
                {
                    result[(y * outWidth) + x] += taps[t] * rows[((y + t) * outWidth) + x];
                }
            }
        }

        return new Plane(outHeight, outWidth, result);
    }

    /// <summary>Keeps every second row and column.</summary>
    public Plane Halve()
    {
        int outHeight = (Height + 1) / 2;
        int outWidth = (Width + 1) / 2;
        double[] result = new double[outHeight * outWidth];
        for (int y = 0; y < outHeight; y++)
        {
            for (int x = 0; x < outWidth; x++)
            {
                result[(y * outWidth) + x] = Values[(2 * y * Width) + (2 * x)];
            }
        }

        return new Plane(outHeight, outWidth, result);
    }

    /// <summary>Halves the plane by the mean of every 2 x 2 block, without an odd last row or column.</summary>
    public Plane AverageBlocks()
    {
        int outHeight = Height / 2;
        int outWidth = Width / 2;
        double[] result = new double[outHeight * outWidth];
        for (int y = 0; y < outHeight; y++)
        {
            for (int x = 0; x < outWidth; x++)
            {
                int corner = (2 * y * Width) + (2 * x);
                result[(y * outWidth) + x] =
                    (Values[corner] + Values[corner + 1] + Values[corner + Width] + Values[corner + Width + 1]) / 4;
            }
        }

        return new Plane(outHeight, outWidth, result);
    }

    private Plane FilterBySwapping(double[] taps)
    {
        int outHeight = taps.Length - Height + 1;
        int outWidth = taps.Length - Width + 1;
        if (outHeight < 1 || outWidth < 1)
        {
            throw Throw.TooFlat(taps.Length);
        }

        double[] result = new double[outHeight * outWidth];
        for (int y = 0; y < outHeight; y++)
        {
            for (int x = 0; x < outWidth; x++)
            {
                for (int v = 0; v < Height; v++)
                {
                    for (int u = 0; u < Width; u++)
                    {
                        // A convolution turns its second operand around; the taps are symmetric, the picture is not.
                        double pixel = Values[((Height - 1 - v) * Width) + Width - 1 - u];
                        result[(y * outWidth) + x] += taps[y + v] * taps[x + u] * pixel;
                    }
                }
            }
        }

        return new Plane(outHeight, outWidth, result);
    }
}
