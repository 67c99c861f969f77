using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace FedHe.Crypto.Kernels.Lanes;

/// <summary>This real lane is a register of four numbers.</summary>
internal readonly struct RealLane256 : IRealLane<RealLane256, WordLane256>
{
    private readonly Vector256<double> _value;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private RealLane256(Vector256<double> value) => _value = value;

    public static int Count => Vector256<double>.Count;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static RealLane256 Create(double value) => new(Vector256.Create(value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static RealLane256 Load(ref double source, nuint index) => new(Vector256.LoadUnsafe(ref source, index));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static RealLane256 LoadRepeated(ref double source, nuint index, int period) => period switch
    {
        4 => Load(ref source, index),
        2 => new(Avx2.Permute4x64(Vector256.LoadUnsafe(ref source, index), 0b01_00_01_00)),
        _ => Create(Unsafe.Add(ref source, index)),
    };

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(RealLane256 value, ref double destination, nuint index)
        => value._value.StoreUnsafe(ref destination, index);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static RealLane256 operator +(RealLane256 left, RealLane256 right) => new(left._value + right._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static RealLane256 operator -(RealLane256 left, RealLane256 right) => new(left._value - right._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static RealLane256 operator *(RealLane256 left, RealLane256 right) => new(left._value * right._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static RealLane256 MultiplyAdd(RealLane256 left, RealLane256 right, RealLane256 addend)
        => new(Vector256.FusedMultiplyAdd(left._value, right._value, addend._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static RealLane256 MultiplySubtract(RealLane256 left, RealLane256 right, RealLane256 subtrahend)
        => new(Fma.MultiplySubtract(left._value, right._value, subtrahend._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static RealLane256 AddWhereNegative(RealLane256 value, RealLane256 addend)
    {
        Vector256<double> negative = Vector256.LessThan(value._value, Vector256<double>.Zero);
        return new(value._value + (addend._value & negative));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static RealLane256 ZipLow(RealLane256 first, RealLane256 second)
        => new(Avx.Permute2x128(Avx.UnpackLow(first._value, second._value), Avx.UnpackHigh(first._value, second._value), 0x20));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static RealLane256 ZipHigh(RealLane256 first, RealLane256 second)
        => new(Avx.Permute2x128(Avx.UnpackLow(first._value, second._value), Avx.UnpackHigh(first._value, second._value), 0x31));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static RealLane256 UnzipEven(RealLane256 first, RealLane256 second)
        => new(Avx2.Permute4x64(Avx.UnpackLow(first._value, second._value), 0b11_01_10_00));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static RealLane256 UnzipOdd(RealLane256 first, RealLane256 second)
        => new(Avx2.Permute4x64(Avx.UnpackHigh(first._value, second._value), 0b11_01_10_00));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static WordLane256 AsWords(RealLane256 value) => new(value._value.AsUInt64());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static RealLane256 FromWords(WordLane256 words) => new(words.Value.AsDouble());

    public static bool AreWithin(RealLane256 value, double bound)
        => Vector256.LessThanOrEqualAll(Vector256.Abs(value._value), Vector256.Create(bound));
}
