using System.Numerics;
using System.Numerics.Tensors;

namespace FedHe.MLBridge.Layout;

/// <summary>The flat kernel contains the loops that process every value of a model.</summary>
internal static class FlatKernel
{
    /// <summary>Tells whether every magnitude is at most a bound; the magnitude of NaN is not.</summary>
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
            TensorPrimitives.Multiply(values, inverse, values);
        }
        else
        {
            TensorPrimitives.Divide(values, bound, values);
        }
    }
}
