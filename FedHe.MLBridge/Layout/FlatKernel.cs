using System.Numerics;
using System.Numerics.Tensors;

namespace FedHe.MLBridge.Layout;

/// <summary>The flat kernel contains the loops that process every value of a model.</summary>
internal static class FlatKernel
{
    /// <summary>Returns whether every magnitude is at most the bound; a NaN is not.</summary>
    public static bool AreWithin(ReadOnlySpan<double> values, double bound)
    {
        // A branch for each vector would take longer than the comparisons.
        var bounds = new Vector<double>(bound);
        Vector<long> within = Vector<long>.AllBitsSet;
        int i = 0;
        for (; i <= values.Length - Vector<double>.Count; i += Vector<double>.Count)
        {
            within &= Vector.LessThanOrEqual(Vector.Abs(new Vector<double>(values[i..])), bounds);
        }

        bool areWithin = within == Vector<long>.AllBitsSet;
        for (; i < values.Length; i++)
        {
            areWithin &= Math.Abs(values[i]) <= bound;
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

    /// <summary>Multiplies every value by a factor and clamps the products to the bound.</summary>
    public static void ScaleWithin(Span<double> values, double factor, double bound)
    {
        var factors = new Vector<double>(factor);
        var upper = new Vector<double>(bound);
        var lower = new Vector<double>(-bound);
        int i = 0;
        for (; i <= values.Length - Vector<double>.Count; i += Vector<double>.Count)
        {
            Vector<double> product = new Vector<double>(values[i..]) * factors;
            Vector.Max(lower, Vector.Min(upper, product)).CopyTo(values[i..]);
        }

        for (; i < values.Length; i++)
        {
            values[i] = Math.Max(-bound, Math.Min(bound, values[i] * factor));
        }
    }
}
