using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace FedHe.Learning.Kernels;

/// <summary>The square kernel computes inner products of single-precision vectors in double precision.</summary>
/// <remarks>The order of summation depends on the length alone. Products of two floats are exact, so that for n values the
/// relative error of <see cref="Norm"/> is below (n / 16 + 20) x 2^-53.</remarks>
internal static class SquareKernel
{
    private const int Lanes = 4;
    private const int Step = 4 * Lanes;

    /// <summary>Computes the sum of the squares.</summary>
    public static double Norm(ReadOnlySpan<float> values) => Product(values, values);

    /// <summary>Computes the sum of left[i] x right[i].</summary>
    public static double Product(ReadOnlySpan<float> left, ReadOnlySpan<float> right)
    {
        ref float a = ref MemoryMarshal.GetReference(left);
        ref float b = ref MemoryMarshal.GetReference(right[..left.Length]);
        Vector256<double> s0 = default, s1 = default, s2 = default, s3 = default;
        int i = 0;
        for (; i + Step <= left.Length; i += Step)
        {
            (Vector256<double> a0, Vector256<double> a1) = Vector256.Widen(Vector256.LoadUnsafe(ref a, (nuint)i));
            (Vector256<double> a2, Vector256<double> a3) = Vector256.Widen(Vector256.LoadUnsafe(ref a, (nuint)i + (2 * Lanes)));
            (Vector256<double> b0, Vector256<double> b1) = Vector256.Widen(Vector256.LoadUnsafe(ref b, (nuint)i));
            (Vector256<double> b2, Vector256<double> b3) = Vector256.Widen(Vector256.LoadUnsafe(ref b, (nuint)i + (2 * Lanes)));
            s0 += a0 * b0;
            s1 += a1 * b1;
            s2 += a2 * b2;
            s3 += a3 * b3;
        }

        double sum = Vector256.Sum((s0 + s1) + (s2 + s3));
        for (; i < left.Length; i++)
        {
            sum += (double)left[i] * right[i];
        }

        return sum;
    }
}
