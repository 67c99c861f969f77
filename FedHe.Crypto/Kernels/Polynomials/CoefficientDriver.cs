using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using FedHe.Crypto.Kernels.Lanes;

namespace FedHe.Crypto.Kernels.Polynomials;

/// <summary>
/// The coefficient driver contains the loops of all coefficient-wise operations, one for each kind of operands.
/// </summary>
/// <remarks>
/// The end of a span that does not fill a register goes through the same operator in registers of one word. Loops are never
/// inlined: a profile would have the just-in-time compiler inline them through the kernel into its callers, whose variables
/// then take registers from the loop.
/// </remarks>
internal static class CoefficientDriver<TReal, TWord>
    where TReal : struct, IRealLane<TReal, TWord>
    where TWord : struct, IWordLane<TWord>
{
    /// <summary>Computes destination = operator(x).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Run<TOperator>(ReadOnlySpan<ulong> x, Span<ulong> destination, ulong modulus, ulong factor = 0)
        where TOperator : struct, IUnaryOperator
    {
        ref ulong first = ref MemoryMarshal.GetReference(x[..destination.Length]);
        ref ulong result = ref MemoryMarshal.GetReference(destination);
        int whole = destination.Length & -TWord.Count;
        Loop<TOperator>(ref first, ref result, whole, modulus, factor);
        if (whole < destination.Length)
        {
            CoefficientDriver<RealLaneScalar, WordLaneScalar>.Loop<TOperator>(
                ref Unsafe.Add(ref first, whole), ref Unsafe.Add(ref result, whole), destination.Length - whole, modulus, factor);
        }
    }

    /// <summary>Computes destination = operator(x, y).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Run<TOperator>(
        ReadOnlySpan<ulong> x, ReadOnlySpan<ulong> y, Span<ulong> destination, ulong modulus, ulong factor = 0)
        where TOperator : struct, IBinaryOperator
    {
        ref ulong first = ref MemoryMarshal.GetReference(x[..destination.Length]);
        ref ulong second = ref MemoryMarshal.GetReference(y[..destination.Length]);
        ref ulong result = ref MemoryMarshal.GetReference(destination);
        int whole = destination.Length & -TWord.Count;
        Loop<TOperator>(ref first, ref second, ref result, whole, modulus, factor);
        if (whole < destination.Length)
        {
            CoefficientDriver<RealLaneScalar, WordLaneScalar>.Loop<TOperator>(
                ref Unsafe.Add(ref first, whole),
                ref Unsafe.Add(ref second, whole),
                ref Unsafe.Add(ref result, whole),
                destination.Length - whole,
                modulus,
                factor);
        }
    }

    /// <summary>Computes destination = operator(x, y), for small signed y.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Run<TOperator>(
        ReadOnlySpan<ulong> x, ReadOnlySpan<sbyte> y, Span<ulong> destination, ulong modulus)
        where TOperator : struct, IBinaryOperator
    {
        ref ulong first = ref MemoryMarshal.GetReference(x[..destination.Length]);
        ref sbyte second = ref MemoryMarshal.GetReference(y[..destination.Length]);
        ref ulong result = ref MemoryMarshal.GetReference(destination);
        int whole = destination.Length & -TWord.Count;
        Loop<TOperator>(ref first, ref second, ref result, whole, modulus);
        if (whole < destination.Length)
        {
            CoefficientDriver<RealLaneScalar, WordLaneScalar>.Loop<TOperator>(
                ref Unsafe.Add(ref first, whole),
                ref Unsafe.Add(ref second, whole),
                ref Unsafe.Add(ref result, whole),
                destination.Length - whole,
                modulus);
        }
    }

    /// <summary>Computes destination = operator(x, y, z), for small signed y.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Run<TOperator>(
        ReadOnlySpan<ulong> x, ReadOnlySpan<sbyte> y, ReadOnlySpan<ulong> z, Span<ulong> destination, ulong modulus)
        where TOperator : struct, ITernaryOperator
    {
        ref ulong first = ref MemoryMarshal.GetReference(x[..destination.Length]);
        ref sbyte second = ref MemoryMarshal.GetReference(y[..destination.Length]);
        ref ulong third = ref MemoryMarshal.GetReference(z[..destination.Length]);
        ref ulong result = ref MemoryMarshal.GetReference(destination);
        int whole = destination.Length & -TWord.Count;
        Loop<TOperator>(ref first, ref second, ref third, ref result, whole, modulus);
        if (whole < destination.Length)
        {
            CoefficientDriver<RealLaneScalar, WordLaneScalar>.Loop<TOperator>(
                ref Unsafe.Add(ref first, whole),
                ref Unsafe.Add(ref second, whole),
                ref Unsafe.Add(ref third, whole),
                ref Unsafe.Add(ref result, whole),
                destination.Length - whole,
                modulus);
        }
    }

    [MethodImpl(KernelLoop.Compilation)]
    private static void Loop<TOperator>(ref ulong x, ref ulong destination, int length, ulong modulus, ulong factor)
        where TOperator : struct, IUnaryOperator
    {
        var p = new OperatorConstants<TReal, TWord>(modulus, factor);
        for (nuint i = 0; i < (nuint)length; i += (nuint)TWord.Count)
        {
            TWord.Store(TOperator.Invoke(in p, TWord.Load(ref x, i)), ref destination, i);
        }
    }

    [MethodImpl(KernelLoop.Compilation)]
    private static void Loop<TOperator>(
        ref ulong x, ref ulong y, ref ulong destination, int length, ulong modulus, ulong factor)
        where TOperator : struct, IBinaryOperator
    {
        var p = new OperatorConstants<TReal, TWord>(modulus, factor);
        for (nuint i = 0; i < (nuint)length; i += (nuint)TWord.Count)
        {
            TWord.Store(TOperator.Invoke(in p, TWord.Load(ref x, i), TWord.Load(ref y, i)), ref destination, i);
        }
    }

    [MethodImpl(KernelLoop.Compilation)]
    private static void Loop<TOperator>(ref ulong x, ref sbyte y, ref ulong destination, int length, ulong modulus)
        where TOperator : struct, IBinaryOperator
    {
        var p = new OperatorConstants<TReal, TWord>(modulus, factor: 0);
        for (nuint i = 0; i < (nuint)length; i += (nuint)TWord.Count)
        {
            TWord.Store(TOperator.Invoke(in p, TWord.Load(ref x, i), TWord.LoadSmallSigned(ref y, i)), ref destination, i);
        }
    }

    [MethodImpl(KernelLoop.Compilation)]
    private static void Loop<TOperator>(
        ref ulong x, ref sbyte y, ref ulong z, ref ulong destination, int length, ulong modulus)
        where TOperator : struct, ITernaryOperator
    {
        var p = new OperatorConstants<TReal, TWord>(modulus, factor: 0);
        for (nuint i = 0; i < (nuint)length; i += (nuint)TWord.Count)
        {
            TWord value = TOperator.Invoke(
                in p, TWord.Load(ref x, i), TWord.LoadSmallSigned(ref y, i), TWord.Load(ref z, i));
            TWord.Store(value, ref destination, i);
        }
    }
}
