using System.Numerics;
using System.Runtime.CompilerServices;
using FedHe.Crypto.Kernels.Lanes;

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
