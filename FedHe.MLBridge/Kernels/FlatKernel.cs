using System.Numerics;
using System.Runtime.CompilerServices;

namespace FedHe.MLBridge.Kernels;

/// <summary>The flat kernel contains the loops that process every value of a model.</summary>
/// <remarks>
/// Tensor primitives have the same loops, but reach their full speed only after many calls: the first model of a process
/// would pass through them several times slower.
/// </remarks>
internal static class FlatKernel
{
    /// <summary>Tells whether every magnitude is at most a bound; the magnitude of NaN is not.</summary>
    [MethodImpl(KernelLoop.Compilation)]
    public static bool AreWithin<T>(ReadOnlySpan<T> values, T bound)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        // Branches for each vector would take longer than the comparisons. Of a whole model four ranges arrive from memory
        // sooner than one.
        int quarter = values.Length / 4 / Vector<T>.Count * Vector<T>.Count;
        ReadOnlySpan<T> first = values[..quarter];
        ReadOnlySpan<T> second = values.Slice(quarter, quarter);
        ReadOnlySpan<T> third = values.Slice(2 * quarter, quarter);
        ReadOnlySpan<T> fourth = values.Slice(3 * quarter, quarter);
        var bounds = new Vector<T>(bound);
        var within = Vector.Equals(bounds, bounds);
        for (int i = 0; i <= quarter - Vector<T>.Count; i += Vector<T>.Count)
        {
            within &= Vector.LessThanOrEqual(Vector.Abs(new Vector<T>(first[i..])), bounds)
                & Vector.LessThanOrEqual(Vector.Abs(new Vector<T>(second[i..])), bounds)
                & Vector.LessThanOrEqual(Vector.Abs(new Vector<T>(third[i..])), bounds)
                & Vector.LessThanOrEqual(Vector.Abs(new Vector<T>(fourth[i..])), bounds);
        }

        bool areWithin = Vector.EqualsAll(Vector.AsVectorInt64(within), Vector<long>.AllBitsSet);
        foreach (T value in values[(4 * quarter)..])
        {
            areWithin &= T.Abs(value) <= bound;
        }

        return areWithin;
    }

    /// <summary>Converts values exactly to double precision.</summary>
    [MethodImpl(KernelLoop.Compilation)]
    public static void Widen(ReadOnlySpan<float> values, Span<double> destination)
    {
        destination = destination[..values.Length];
        int i = 0;
        for (; i <= values.Length - Vector<float>.Count; i += Vector<float>.Count)
        {
            Vector.Widen(new Vector<float>(values[i..]), out Vector<double> low, out Vector<double> high);
            low.CopyTo(destination[i..]);
            high.CopyTo(destination[(i + Vector<double>.Count)..]);
        }

        for (; i < values.Length; i++)
        {
            destination[i] = values[i];
        }
    }

    /// <summary>Rounds values to single precision, to the nearest with ties to even.</summary>
    [MethodImpl(KernelLoop.Compilation)]
    public static void Narrow(ReadOnlySpan<double> values, Span<float> destination)
    {
        destination = destination[..values.Length];
        int i = 0;
        for (; i <= values.Length - Vector<float>.Count; i += Vector<float>.Count)
        {
            var low = new Vector<double>(values[i..]);
            var high = new Vector<double>(values[(i + Vector<double>.Count)..]);
            Vector.Narrow(low, high).CopyTo(destination[i..]);
        }

        for (; i < values.Length; i++)
        {
            destination[i] = (float)values[i];
        }
    }

    /// <summary>Multiplies every value by a factor.</summary>
    /// <param name="values">The values.</param>
    /// <param name="factor">The factor.</param>
    /// <param name="destination">Receives the products; it may be the values themselves.</param>
    [MethodImpl(KernelLoop.Compilation)]
    public static void Multiply(ReadOnlySpan<double> values, double factor, Span<double> destination)
    {
        destination = destination[..values.Length];
        var factors = new Vector<double>(factor);
        int i = 0;
        for (; i <= values.Length - Vector<double>.Count; i += Vector<double>.Count)
        {
            (new Vector<double>(values[i..]) * factors).CopyTo(destination[i..]);
        }

        for (; i < values.Length; i++)
        {
            destination[i] = values[i] * factor;
        }
    }

    /// <summary>
    /// Divides every value by a bound. A power of two is replaced by a multiplication with the same result, which is
    /// faster.
    /// </summary>
    public static void Divide(Span<double> values, double bound)
    {
        if (bound.Equals(1.0))
        {
            return;
        }

        double inverse = 1 / bound;
        if (double.IsPow2(bound) && double.IsNormal(inverse))
        {
            Multiply(values, inverse, values);
        }
        else
        {
            DivideEach(values, bound);
        }
    }

    [MethodImpl(KernelLoop.Compilation)]
    private static void DivideEach(Span<double> values, double divisor)
    {
        var divisors = new Vector<double>(divisor);
        int i = 0;
        for (; i <= values.Length - Vector<double>.Count; i += Vector<double>.Count)
        {
            (new Vector<double>(values[i..]) / divisors).CopyTo(values[i..]);
        }

        for (; i < values.Length; i++)
        {
            values[i] /= divisor;
        }
    }
}
