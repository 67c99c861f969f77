using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using FedHe.Crypto.Kernels.Lanes;

namespace FedHe.MLBridge.Kernels;

/// <summary>Clamped products multiply values by a factor and confine the products to a bound in one pass, which also checks the values.</summary>
/// <remarks>Sums come from memory, where two passes take longer than the arithmetic.</remarks>
internal static class ClampedProducts
{
    /// <summary>Writes min(max(value*factor, -bound), bound) for every value, and tells whether all values were possible.</summary>
    /// <param name="values">The values; NaN stays NaN.</param>
    /// <param name="factor">The factor that every value is multiplied by.</param>
    /// <param name="bound">The bound on the magnitude of a result, above 0.</param>
    /// <param name="largest">The largest magnitude that a value may have.</param>
    /// <param name="destination">Receives the results; it is at least as long as the values, and may be the values themselves.</param>
    /// <returns>False if a value is NaN or beyond the largest magnitude; use no result then.</returns>
    [MethodImpl(KernelLoop.Compilation)]
    public static bool TryWrite(ReadOnlySpan<double> values, double factor, double bound, double largest, Span<double> destination)
    {
        destination = destination[..values.Length];
        ref double source = ref MemoryMarshal.GetReference(values);
        ref double result = ref MemoryMarshal.GetReference(destination);
        bool arePossible = true;
        int i = 0;
        if (Vector512.IsHardwareAccelerated)
        {
            var (factors, upper, limits) = (Vector512.Create(factor), Vector512.Create(bound), Vector512.Create(largest));
            Vector512<double> possible = Vector512<double>.AllBitsSet;
            for (; i <= values.Length - Vector512<double>.Count; i += Vector512<double>.Count)
            {
                Vector512<double> block = Vector512.LoadUnsafe(ref source, (nuint)i);
                possible &= Vector512.LessThanOrEqual(Vector512.Abs(block), limits);
                Vector512.Clamp(block * factors, -upper, upper).StoreUnsafe(ref result, (nuint)i);
            }

            arePossible = Vector512.EqualsAll(possible.AsInt64(), Vector512<long>.AllBitsSet);
        }
        else if (Vector256.IsHardwareAccelerated)
        {
            var (factors, upper, limits) = (Vector256.Create(factor), Vector256.Create(bound), Vector256.Create(largest));
            Vector256<double> possible = Vector256<double>.AllBitsSet;
            for (; i <= values.Length - Vector256<double>.Count; i += Vector256<double>.Count)
            {
                Vector256<double> block = Vector256.LoadUnsafe(ref source, (nuint)i);
                possible &= Vector256.LessThanOrEqual(Vector256.Abs(block), limits);
                Vector256.Clamp(block * factors, -upper, upper).StoreUnsafe(ref result, (nuint)i);
            }

            arePossible = Vector256.EqualsAll(possible.AsInt64(), Vector256<long>.AllBitsSet);
        }

        for (; i < values.Length; i++)
        {
            arePossible &= Math.Abs(values[i]) <= largest;
            destination[i] = Math.Clamp(values[i] * factor, -bound, bound);
        }

        return arePossible;
    }
}
