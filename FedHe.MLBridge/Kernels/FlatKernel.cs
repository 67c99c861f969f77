using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using FedHe.Crypto.Kernels.Lanes;
using FedHe.Crypto.Kernels.Values;

namespace FedHe.MLBridge.Kernels;

/// <summary>The flat kernel contains the loops that process every value of a model.</summary>
/// <remarks>
/// Tensor primitives have the same loops, but reach their full speed only after many calls: the first model of a process
/// would pass through them several times slower.
/// </remarks>
internal static class FlatKernel
{
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

        if (IsInvertible(bound))
        {
            Multiply(values, 1 / bound, values);
        }
        else
        {
            DivideEach(values, bound);
        }
    }

    /// <summary>Computes value / bound * factor for every value, in double precision, with the results of the single steps.</summary>
    /// <param name="values">The values.</param>
    /// <param name="bound">The bound that every value is divided by.</param>
    /// <param name="factor">The factor that every quotient is multiplied by.</param>
    /// <param name="destination">Receives the results.</param>
    /// <remarks>A model comes from memory, where three passes take longer than the arithmetic.</remarks>
    public static void WidenAndDivide(ReadOnlySpan<float> values, double bound, double factor, Span<double> destination)
    {
        if (IsInvertible(bound))
        {
            WidenAndMultiply(values, 1 / bound, factor, destination);
            return;
        }

        ValueKernel.CopyWidened(values, destination);
        DivideEach(destination[..values.Length], bound);
        Multiply(destination[..values.Length], factor, destination);
    }

    /// <summary>Computes value * first * second for every value in registers of 512 bits, which every machine has, if only in software.</summary>
    [MethodImpl(KernelLoop.Compilation)]
    internal static void WidenAndMultiplyOfVector512(ReadOnlySpan<float> values, double first, double second, Span<double> destination)
    {
        destination = destination[..values.Length];
        ref float source = ref MemoryMarshal.GetReference(values);
        ref double result = ref MemoryMarshal.GetReference(destination);
        var (inverses, factors) = (Vector512.Create(first), Vector512.Create(second));
        int i = 0;
        for (; i <= values.Length - Vector512<float>.Count; i += Vector512<float>.Count)
        {
            (Vector512<double> low, Vector512<double> high) = Vector512.Widen(Vector512.LoadUnsafe(ref source, (nuint)i));
            (low * inverses * factors).StoreUnsafe(ref result, (nuint)i);
            (high * inverses * factors).StoreUnsafe(ref result, (nuint)(i + Vector512<double>.Count));
        }

        for (; i < values.Length; i++)
        {
            destination[i] = values[i] * first * second;
        }
    }

    /// <summary>Computes value * first * second for every value in registers of the machine's usual width.</summary>
    [MethodImpl(KernelLoop.Compilation)]
    internal static void WidenAndMultiplyOfVector(ReadOnlySpan<float> values, double first, double second, Span<double> destination)
    {
        destination = destination[..values.Length];
        ref float source = ref MemoryMarshal.GetReference(values);
        ref double result = ref MemoryMarshal.GetReference(destination);
        var (inverses, factors) = (new Vector<double>(first), new Vector<double>(second));
        int i = 0;
        for (; i <= values.Length - Vector<float>.Count; i += Vector<float>.Count)
        {
            Vector.Widen(Vector.LoadUnsafe(ref source, (nuint)i), out Vector<double> low, out Vector<double> high);
            (low * inverses * factors).StoreUnsafe(ref result, (nuint)i);
            (high * inverses * factors).StoreUnsafe(ref result, (nuint)(i + Vector<double>.Count));
        }

        for (; i < values.Length; i++)
        {
            destination[i] = values[i] * first * second;
        }
    }

    /// <summary>Tells whether a division by a bound is a multiplication by its inverse.</summary>
    private static bool IsInvertible(double bound) => double.IsPow2(bound) && double.IsNormal(1 / bound);

    private static void WidenAndMultiply(ReadOnlySpan<float> values, double first, double second, Span<double> destination)
    {
        if (Vector512.IsHardwareAccelerated)
        {
            WidenAndMultiplyOfVector512(values, first, second, destination);
        }
        else
        {
            WidenAndMultiplyOfVector(values, first, second, destination);
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
