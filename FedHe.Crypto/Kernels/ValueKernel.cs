using System.Numerics;
using System.Runtime.CompilerServices;

namespace FedHe.Crypto.Kernels;

/// <summary>Checks and widens the values that a caller hands in.</summary>
internal static class ValueKernel
{
    /// <summary>Whether every magnitude is at most a finite bound; false when any value is NaN.</summary>
    public static bool AreWithin<T>(ReadOnlySpan<T> values, T bound)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var limit = new Vector<T>(bound);
        Vector<T> within = Vector.LessThanOrEqual(Vector<T>.Zero, limit);
        int i = 0;
        for (; i <= values.Length - Vector<T>.Count; i += Vector<T>.Count)
        {
            within &= Vector.LessThanOrEqual(Vector.Abs(new Vector<T>(values[i..])), limit);
        }

        bool all = Vector.EqualsAll(within, Vector.LessThanOrEqual(Vector<T>.Zero, limit));
        for (; i < values.Length; i++)
        {
            all &= T.Abs(values[i]) <= bound;
        }

        return all;
    }

    /// <summary>Copies values to double precision, exactly, and fills up with zeros.</summary>
    public static void Widen<T>(ReadOnlySpan<T> values, Span<double> destination)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        int i = 0;
        if (typeof(T) == typeof(float))
        {
            for (; i <= values.Length - Vector<float>.Count; i += Vector<float>.Count)
            {
                Vector<T> source = new(values[i..]);
                Vector.Widen(Unsafe.BitCast<Vector<T>, Vector<float>>(source), out Vector<double> low, out Vector<double> high);
                low.CopyTo(destination[i..]);
                high.CopyTo(destination[(i + Vector<double>.Count)..]);
            }
        }
        else if (typeof(T) == typeof(double))
        {
            for (; i <= values.Length - Vector<double>.Count; i += Vector<double>.Count)
            {
                Vector<T> source = new(values[i..]);
                Unsafe.BitCast<Vector<T>, Vector<double>>(source).CopyTo(destination[i..]);
            }
        }

        for (; i < values.Length; i++)
        {
            destination[i] = double.CreateTruncating(values[i]);
        }

        destination[values.Length..].Clear();
    }
}
