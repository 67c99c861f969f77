using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace FedHe.Crypto.Kernels.Lanes;

/// <summary>This real lane is a register of two numbers.</summary>
internal readonly struct RealLane128 : IRealLane<RealLane128, WordLane128>
{
    private readonly Vector128<double> _value;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private RealLane128(Vector128<double> value) => _value = value;

    public static int Count => Vector128<double>.Count;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static RealLane128 Create(double value) => new(Vector128.Create(value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static RealLane128 Load(ref double source, nuint index) => new(Vector128.LoadUnsafe(ref source, index));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static RealLane128 LoadRepeated(ref double source, nuint index, int period) => period switch
    {
        2 => Load(ref source, index),
        _ => Create(Unsafe.Add(ref source, index)),
    };

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(RealLane128 value, ref double destination, nuint index)
        => value._value.StoreUnsafe(ref destination, index);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static RealLane128 operator +(RealLane128 left, RealLane128 right) => new(left._value + right._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static RealLane128 operator -(RealLane128 left, RealLane128 right) => new(left._value - right._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static RealLane128 operator *(RealLane128 left, RealLane128 right) => new(left._value * right._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static RealLane128 MultiplyAdd(RealLane128 left, RealLane128 right, RealLane128 addend)
        => new(Vector128.FusedMultiplyAdd(left._value, right._value, addend._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static RealLane128 MultiplySubtract(RealLane128 left, RealLane128 right, RealLane128 subtrahend)
        => Fma.IsSupported
            ? new(Fma.MultiplySubtract(left._value, right._value, subtrahend._value))
            : new(Vector128.FusedMultiplyAdd(left._value, right._value, -subtrahend._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static RealLane128 AddWhereNegative(RealLane128 value, RealLane128 addend)
    {
        Vector128<double> negative = Vector128.LessThan(value._value, Vector128<double>.Zero);
        return new(value._value + (addend._value & negative));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static RealLane128 ZipLow(RealLane128 first, RealLane128 second)
        => Sse2.IsSupported
            ? new(Sse2.UnpackLow(first._value, second._value))
            : new(Vector128.Create(first._value.GetLower(), second._value.GetLower()));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static RealLane128 ZipHigh(RealLane128 first, RealLane128 second)
        => Sse2.IsSupported
            ? new(Sse2.UnpackHigh(first._value, second._value))
            : new(Vector128.Create(first._value.GetUpper(), second._value.GetUpper()));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static RealLane128 UnzipEven(RealLane128 first, RealLane128 second)
        => Sse2.IsSupported
            ? new(Sse2.UnpackLow(first._value, second._value))
            : new(Vector128.Create(first._value.GetLower(), second._value.GetLower()));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static RealLane128 UnzipOdd(RealLane128 first, RealLane128 second)
        => Sse2.IsSupported
            ? new(Sse2.UnpackHigh(first._value, second._value))
            : new(Vector128.Create(first._value.GetUpper(), second._value.GetUpper()));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static WordLane128 AsWords(RealLane128 value) => new(value._value.AsUInt64());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static RealLane128 FromWords(WordLane128 words) => new(words.Value.AsDouble());

    public static bool AreWithin(RealLane128 value, double bound)
        => Vector128.LessThanOrEqualAll(Vector128.Abs(value._value), Vector128.Create(bound));
}
