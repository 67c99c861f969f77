using System.Buffers;
using System.Numerics;
using System.Numerics.Tensors;
using FedHe.MLBridge.Kernels;

namespace FedHe.MLBridge.Segments;

/// <summary>
/// The clear part holds the values that the mask leaves in clear, as fixed-point integers with 30 fractional bits.
/// </summary>
/// <remarks>
/// The weighted sums of integers are exact, so the aggregate does not depend on the order of arrival, and NaN cannot
/// occur.
/// </remarks>
internal static class ClearPart
{
    public const int LogScale = 30;

    /// <summary>The integer that represents 1, the largest normalized value.</summary>
    public const int One = 1 << LogScale;

    /// <summary>The bound on the rounding error of one normalized value, and therefore of an average.</summary>
    public static double RoundingError => Math.ScaleB(0.5, -LogScale);

    /// <summary>Rounds normalized values to integers and writes these in 4 bytes each.</summary>
    /// <returns>The bytes, until the next write.</returns>
    public static ReadOnlySpan<byte> Write(ReadOnlySpan<double> normalized, IBufferWriter<byte> destination)
    {
        int length = sizeof(int) * normalized.Length;
        Span<byte> bytes = destination.GetSpan(length)[..length];
        RoundedIntegers.Write(normalized, One, bytes);
        destination.Advance(length);
        return bytes;
    }

    /// <summary>Adds weighted integers to sums; the first integers overwrite the sums instead.</summary>
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

    /// <summary>Divides sums by their units and by the divisor of the average: the total weight, or the sum of factors.</summary>
    public static void Average(ReadOnlySpan<long> sums, double divisor, Span<double> averages)
    {
        // A power of two times a divisor is exact in double precision.
        TensorPrimitives.ConvertTruncating(sums, averages);
        TensorPrimitives.Divide(averages, divisor * One, averages);
    }

    /// <summary>Returns whether every magnitude is at most a bound.</summary>
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
