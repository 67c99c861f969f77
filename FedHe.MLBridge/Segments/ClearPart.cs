using System.Buffers;
using System.Numerics;
using System.Numerics.Tensors;
using FedHe.MLBridge.Kernels;

namespace FedHe.MLBridge.Segments;

/// <summary>
/// The values that the mask leaves in clear, as fixed-point integers with 30 fractional bits: their weighted sums are
/// exact, so the aggregate does not depend on the order of arrival, and NaN cannot occur.
/// </summary>
internal static class ClearPart
{
    public const int LogScale = 30;

    /// <summary>The integer that stands for 1: the largest that a normalised value can have.</summary>
    public const int One = 1 << LogScale;

    /// <summary>Bound on the rounding of one normalised value, and so of an average.</summary>
    public static double RoundingError => Math.ScaleB(0.5, -LogScale);

    /// <summary>Rounds normalised values and writes their integers.</summary>
    public static void Write(ReadOnlySpan<double> normalised, IBufferWriter<byte> destination)
    {
        int length = sizeof(int) * normalised.Length;
        RoundedIntegers.Write(normalised, One, destination.GetSpan(length)[..length]);
        destination.Advance(length);
    }

    /// <summary>Adds weighted integers; the first ones come in place of whatever was there.</summary>
    public static void Fold(ReadOnlySpan<long> integers, long weight, Span<long> sums, bool isFirst)
    {
        if (isFirst)
        {
            TensorPrimitives.Multiply(integers, weight, sums);
        }
        else if (weight == 1)
        {
            TensorPrimitives.Add(sums, integers, sums);
        }
        else
        {
            TensorPrimitives.MultiplyAdd(integers, weight, sums, sums);
        }
    }

    public static void Average(ReadOnlySpan<long> sums, long totalWeight, Span<double> averages)
    {
        // The product is a multiple of 2^30 below 2^63: exact in double precision.
        double divisor = (double)totalWeight * One;
        TensorPrimitives.ConvertTruncating(sums, averages);
        TensorPrimitives.Divide(averages, divisor, averages);
    }

    /// <summary>Whether every magnitude is at most a bound.</summary>
    public static bool AreWithin(ReadOnlySpan<long> integers, long maxAbs)
    {
        var upper = new Vector<long>(maxAbs);
        var lower = new Vector<long>(-maxAbs);
        Vector<long> outside = Vector<long>.Zero;
        int i = 0;
        for (; i <= integers.Length - Vector<long>.Count; i += Vector<long>.Count)
        {
            var values = new Vector<long>(integers[i..]);
            outside |= Vector.GreaterThan(values, upper) | Vector.LessThan(values, lower);
        }

        bool areWithin = outside == Vector<long>.Zero;
        for (; i < integers.Length; i++)
        {
            areWithin &= integers[i] >= -maxAbs && integers[i] <= maxAbs;
        }

        return areWithin;
    }
}
