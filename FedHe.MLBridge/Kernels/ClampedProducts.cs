using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using FedHe.Crypto.Kernels.Lanes;

namespace FedHe.MLBridge.Kernels;

/// <summary>Clamped products multiply values by a factor and confine the products to a bound in one pass.</summary>
/// <remarks>Sums come from memory, where two passes take longer than the arithmetic.</remarks>
internal static class ClampedProducts
{
    /// <summary>Writes min(max(value*factor, -bound), bound) for every value.</summary>
    /// <param name="values">The values; NaN stays NaN.</param>
    /// <param name="factor">The factor that every value is multiplied by.</param>
    /// <param name="bound">The bound on the magnitude of a result, above 0.</param>
    /// <param name="destination">Receives the results; it is at least as long as the values, and may be the values themselves.</param>
    [MethodImpl(KernelLoop.Compilation)]
    public static void Write(ReadOnlySpan<double> values, double factor, double bound, Span<double> destination)
    {
        destination = destination[..values.Length];
        ref double source = ref MemoryMarshal.GetReference(values);
        ref double result = ref MemoryMarshal.GetReference(destination);
        int i = 0;
        if (Vector512.IsHardwareAccelerated)
        {
            var (factors, upper) = (Vector512.Create(factor), Vector512.Create(bound));
            for (; i <= values.Length - Vector512<double>.Count; i += Vector512<double>.Count)
            {
                Vector512<double> products = Vector512.LoadUnsafe(ref source, (nuint)i) * factors;
                Vector512.Clamp(products, -upper, upper).StoreUnsafe(ref result, (nuint)i);
            }
        }
        else if (Vector256.IsHardwareAccelerated)
        {
            var (factors, upper) = (Vector256.Create(factor), Vector256.Create(bound));
            for (; i <= values.Length - Vector256<double>.Count; i += Vector256<double>.Count)
            {
                Vector256<double> products = Vector256.LoadUnsafe(ref source, (nuint)i) * factors;
                Vector256.Clamp(products, -upper, upper).StoreUnsafe(ref result, (nuint)i);
            }
        }

        for (; i < values.Length; i++)
        {
            destination[i] = Math.Clamp(values[i] * factor, -bound, bound);
        }
    }
}
