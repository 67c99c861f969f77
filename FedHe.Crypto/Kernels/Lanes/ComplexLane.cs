using System.Runtime.CompilerServices;

namespace FedHe.Crypto.Kernels.Lanes;

/// <summary>
/// A complex lane holds complex numbers, with the real parts in one register and the imaginary parts in another.
/// </summary>
/// <remarks>Products are not fused with sums, so that every width rounds alike.</remarks>
internal readonly struct ComplexLane<TReal, TWord>
    where TReal : struct, IRealLane<TReal, TWord>
    where TWord : struct, IWordLane<TWord>
{
    private readonly TReal _real;
    private readonly TReal _imaginary;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private ComplexLane(TReal real, TReal imaginary)
    {
        _real = real;
        _imaginary = imaginary;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ComplexLane<TReal, TWord> Load(ref double real, ref double imaginary, nuint index)
        => new(TReal.Load(ref real, index), TReal.Load(ref imaginary, index));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Store(ref double real, ref double imaginary, nuint index)
    {
        TReal.Store(_real, ref real, index);
        TReal.Store(_imaginary, ref imaginary, index);
    }

    /// <summary>Moves numbers at even positions of two lanes to the first, and numbers at odd positions to the second.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Unzip(ref ComplexLane<TReal, TWord> low, ref ComplexLane<TReal, TWord> high)
    {
        ComplexLane<TReal, TWord> first = low;
        low = new(TReal.UnzipEven(first._real, high._real), TReal.UnzipEven(first._imaginary, high._imaginary));
        high = new(TReal.UnzipOdd(first._real, high._real), TReal.UnzipOdd(first._imaginary, high._imaginary));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ComplexLane<TReal, TWord> operator +(ComplexLane<TReal, TWord> left, ComplexLane<TReal, TWord> right)
        => new(left._real + right._real, left._imaginary + right._imaginary);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ComplexLane<TReal, TWord> operator -(ComplexLane<TReal, TWord> left, ComplexLane<TReal, TWord> right)
        => new(left._real - right._real, left._imaginary - right._imaginary);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ComplexLane<TReal, TWord> operator *(ComplexLane<TReal, TWord> left, ComplexLane<TReal, TWord> right)
        => new(
            (left._real * right._real) - (left._imaginary * right._imaginary),
            (left._real * right._imaginary) + (left._imaginary * right._real));
}
