using System.Numerics.Tensors;

namespace FedHe.Privacy.Clipping;

/// <summary>Norms of vectors in double precision, in blocks, so that rounding errors grow with the square root of the length at most.</summary>
internal static class Norms
{
    private const int BlockLength = 1 << 16;

    public static double Two(ReadOnlySpan<double> values)
    {
        double largest = values.IsEmpty ? 0 : Math.Abs(TensorPrimitives.MaxMagnitude(values));
        if (largest == 0 || !double.IsFinite(largest))
        {
            return largest;
        }

        // Divided by a power of two near the largest value, squares neither overflow nor vanish.
        double unit = Math.ScaleB(1, Math.ILogB(largest));
        double sum = 0;
        for (int start = 0; start < values.Length; start += BlockLength)
        {
            double block = 0;
            foreach (double value in values.Slice(start, Math.Min(BlockLength, values.Length - start)))
            {
                double scaled = value / unit;
                block += scaled * scaled;
            }

            sum += block;
        }

        return unit * Math.Sqrt(sum);
    }

    public static double One(ReadOnlySpan<double> values)
    {
        double sum = 0;
        for (int start = 0; start < values.Length; start += BlockLength)
        {
            sum += TensorPrimitives.SumOfMagnitudes(values.Slice(start, Math.Min(BlockLength, values.Length - start)));
        }

        return sum;
    }
}
