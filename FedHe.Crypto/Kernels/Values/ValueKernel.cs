using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using FedHe.Crypto.Kernels.Lanes;

namespace FedHe.Crypto.Kernels.Values;

/// <summary>A value kernel checks and widens the values of a caller.</summary>
/// <remarks>The class is public for other assemblies that read values before they are encrypted.</remarks>
public static class ValueKernel
{
    /// <summary>Tells whether every magnitude is at most a finite bound, and no value is NaN.</summary>
    /// <param name="values">Any number of values; of no values it is true.</param>
    /// <param name="bound">The bound, at least 0 and finite.</param>
    public static bool AreWithin<T>(ReadOnlySpan<T> values, T bound)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        => Vector512.IsHardwareAccelerated ? AreWithinOfVector512(values, bound) : AreWithinOfVector(values, bound);

    /// <summary>Computes <see cref="AreWithin"/> in registers of 512 bits, which every machine has, if only in software.</summary>
    /// <remarks>
    /// Branches for each vector would take longer than the comparisons. Of a whole model four ranges arrive from memory sooner than one.
    /// </remarks>
    [MethodImpl(KernelLoop.Compilation)]
    internal static bool AreWithinOfVector512<T>(ReadOnlySpan<T> values, T bound)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        ref T first = ref MemoryMarshal.GetReference(values);
        int quarter = values.Length / 4 / Vector512<T>.Count * Vector512<T>.Count;
        var limit = Vector512.Create(bound);
        Vector512<T> within = Vector512<T>.AllBitsSet;
        for (int i = 0; i < quarter; i += Vector512<T>.Count)
        {
            within &= Vector512.LessThanOrEqual(Vector512.Abs(Vector512.LoadUnsafe(ref first, (nuint)i)), limit)
                & Vector512.LessThanOrEqual(Vector512.Abs(Vector512.LoadUnsafe(ref first, (nuint)(quarter + i))), limit)
                & Vector512.LessThanOrEqual(Vector512.Abs(Vector512.LoadUnsafe(ref first, (nuint)((2 * quarter) + i))), limit)
                & Vector512.LessThanOrEqual(Vector512.Abs(Vector512.LoadUnsafe(ref first, (nuint)((3 * quarter) + i))), limit);
        }

        return AreEachWithin(values[(4 * quarter)..], bound) & Vector512.EqualsAll(within.AsInt64(), Vector512<long>.AllBitsSet);
    }

    /// <summary>Computes <see cref="AreWithin"/> in registers of the machine's usual width, in the same way.</summary>
    [MethodImpl(KernelLoop.Compilation)]
    internal static bool AreWithinOfVector<T>(ReadOnlySpan<T> values, T bound)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        ref T first = ref MemoryMarshal.GetReference(values);
        int quarter = values.Length / 4 / Vector<T>.Count * Vector<T>.Count;
        var limit = new Vector<T>(bound);
        var within = Vector.Equals(limit, limit);
        for (int i = 0; i < quarter; i += Vector<T>.Count)
        {
            within &= Vector.LessThanOrEqual(Vector.Abs(Vector.LoadUnsafe(ref first, (nuint)i)), limit)
                & Vector.LessThanOrEqual(Vector.Abs(Vector.LoadUnsafe(ref first, (nuint)(quarter + i))), limit)
                & Vector.LessThanOrEqual(Vector.Abs(Vector.LoadUnsafe(ref first, (nuint)((2 * quarter) + i))), limit)
                & Vector.LessThanOrEqual(Vector.Abs(Vector.LoadUnsafe(ref first, (nuint)((3 * quarter) + i))), limit);
        }

        return AreEachWithin(values[(4 * quarter)..], bound) & Vector.EqualsAll(Vector.AsVectorInt64(within), Vector<long>.AllBitsSet);
    }

    /// <summary>Returns the index of the first value that is infinite or NaN, or -1 where all values are finite.</summary>
    /// <param name="values">Any number of values.</param>
    public static int IndexOfNotFinite<T>(ReadOnlySpan<T> values)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>, IMinMaxValue<T>
    {
        if (Vector<T>.IsSupported && AreWithin(values, T.MaxValue))
        {
            return -1;
        }

        for (int i = 0; i < values.Length; i++)
        {
            if (!T.IsFinite(values[i]))
            {
                return i;
            }
        }

        return -1;
    }

    /// <summary>Converts values exactly to double precision.</summary>
    /// <param name="values">The values.</param>
    /// <param name="destination">Receives as many numbers, and keeps the rest of its content.</param>
    [MethodImpl(KernelLoop.Compilation)]
    public static void CopyWidened<T>(ReadOnlySpan<T> values, Span<double> destination)
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

        for (; i < values.Length; i++)
        {
            destination[i] = double.CreateTruncating(values[i]);
        }
    }

    /// <summary>
    /// Converts values exactly to double precision and pads them with zeros, without a copy where no change is needed.
    /// </summary>
    /// <param name="values">At most as many values as the scratch space has.</param>
    /// <param name="scratch">As many values as are wanted.</param>
    internal static ReadOnlySpan<double> Widen<T>(ReadOnlySpan<T> values, Span<double> scratch)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (typeof(T) == typeof(double) && values.Length == scratch.Length)
        {
            return MemoryMarshal.Cast<T, double>(values);
        }

        CopyWidened(values, scratch);
        scratch[values.Length..].Clear();
        return scratch;
    }

    [MethodImpl(KernelLoop.Compilation)]
    private static bool AreEachWithin<T>(ReadOnlySpan<T> values, T bound)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        bool all = true;
        foreach (T value in values)
        {
            all &= T.Abs(value) <= bound;
        }

        return all;
    }
}
