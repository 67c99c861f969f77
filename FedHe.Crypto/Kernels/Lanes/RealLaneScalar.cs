using System.Runtime.CompilerServices;

namespace FedHe.Crypto.Kernels.Lanes;

/// <summary>
/// This real lane is a register of one number, for the end of spans and for machines with fused multiplication but without
/// vectors.
/// </summary>
internal readonly struct RealLaneScalar : IRealLane<RealLaneScalar, WordLaneScalar>
{
    private readonly double _value;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private RealLaneScalar(double value) => _value = value;

    public static int Count => 1;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static RealLaneScalar Create(double value) => new(value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static RealLaneScalar Load(ref double source, nuint index) => new(Unsafe.Add(ref source, index));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static RealLaneScalar LoadRepeated(ref double source, nuint index, int period) => Load(ref source, index);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(RealLaneScalar value, ref double destination, nuint index)
        => Unsafe.Add(ref destination, index) = value._value;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static RealLaneScalar operator +(RealLaneScalar left, RealLaneScalar right) => new(left._value + right._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static RealLaneScalar operator -(RealLaneScalar left, RealLaneScalar right) => new(left._value - right._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static RealLaneScalar operator *(RealLaneScalar left, RealLaneScalar right) => new(left._value * right._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static RealLaneScalar MultiplyAdd(RealLaneScalar left, RealLaneScalar right, RealLaneScalar addend)
        => new(Math.FusedMultiplyAdd(left._value, right._value, addend._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static RealLaneScalar MultiplySubtract(RealLaneScalar left, RealLaneScalar right, RealLaneScalar subtrahend)
        => new(Math.FusedMultiplyAdd(left._value, right._value, -subtrahend._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static RealLaneScalar AddWhereNegative(RealLaneScalar value, RealLaneScalar addend)
    {
        // All ones below zero; -0.0 never occurs, since an exact difference of equal numbers is +0.0.
        long negative = BitConverter.DoubleToInt64Bits(value._value) >> 63;
        return new(value._value + BitConverter.Int64BitsToDouble(BitConverter.DoubleToInt64Bits(addend._value) & negative));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static RealLaneScalar ZipLow(RealLaneScalar first, RealLaneScalar second) => first;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static RealLaneScalar ZipHigh(RealLaneScalar first, RealLaneScalar second) => second;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static RealLaneScalar UnzipEven(RealLaneScalar first, RealLaneScalar second) => first;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static RealLaneScalar UnzipOdd(RealLaneScalar first, RealLaneScalar second) => second;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static WordLaneScalar AsWords(RealLaneScalar value) => new(BitConverter.DoubleToUInt64Bits(value._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static RealLaneScalar FromWords(WordLaneScalar words) => new(BitConverter.UInt64BitsToDouble(words.Value));

    public static bool AreWithin(RealLaneScalar value, double bound) => Math.Abs(value._value) <= bound;
}
