using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace FedHe.Crypto.Kernels.Lanes;

/// <summary>This real lane is a register of eight numbers.</summary>
internal readonly struct RealLane512 : IRealLane<RealLane512, WordLane512>
{
    private readonly Vector512<double> _value;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private RealLane512(Vector512<double> value) => _value = value;

    public static int Count => Vector512<double>.Count;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static RealLane512 Create(double value) => new(Vector512.Create(value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static RealLane512 Load(ref double source, nuint index) => new(Vector512.LoadUnsafe(ref source, index));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static RealLane512 LoadRepeated(ref double source, nuint index, int period) => period switch
    {
        8 => Load(ref source, index),

        // One permutation of a whole register: wider copies of narrower ones would pass through memory.
        4 => new(Avx512F.PermuteVar8x64(Vector512.LoadUnsafe(ref source, index), Vector512.Create(0L, 1, 2, 3, 0, 1, 2, 3))),
        2 => new(Avx512F.PermuteVar8x64(Vector512.LoadUnsafe(ref source, index), Vector512.Create(0L, 1, 0, 1, 0, 1, 0, 1))),
        _ => Create(Unsafe.Add(ref source, index)),
    };

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(RealLane512 value, ref double destination, nuint index)
        => value._value.StoreUnsafe(ref destination, index);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static RealLane512 operator +(RealLane512 left, RealLane512 right) => new(left._value + right._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static RealLane512 operator -(RealLane512 left, RealLane512 right) => new(left._value - right._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static RealLane512 operator *(RealLane512 left, RealLane512 right) => new(left._value * right._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static RealLane512 MultiplyAdd(RealLane512 left, RealLane512 right, RealLane512 addend)
        => new(Vector512.FusedMultiplyAdd(left._value, right._value, addend._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static RealLane512 MultiplySubtract(RealLane512 left, RealLane512 right, RealLane512 subtrahend)
        => new(Avx512F.FusedMultiplySubtract(left._value, right._value, subtrahend._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static RealLane512 AddWhereNegative(RealLane512 value, RealLane512 addend)
    {
        Vector512<double> negative = Vector512.LessThan(value._value, Vector512<double>.Zero);
        return new(Vector512.ConditionalSelect(negative, value._value + addend._value, value._value));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static RealLane512 ZipLow(RealLane512 first, RealLane512 second)
        => new(Avx512F.PermuteVar8x64x2(first._value, Vector512.Create(0L, 8, 1, 9, 2, 10, 3, 11), second._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static RealLane512 ZipHigh(RealLane512 first, RealLane512 second)
        => new(Avx512F.PermuteVar8x64x2(first._value, Vector512.Create(4L, 12, 5, 13, 6, 14, 7, 15), second._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static RealLane512 UnzipEven(RealLane512 first, RealLane512 second)
        => new(Avx512F.PermuteVar8x64x2(first._value, Vector512.Create(0L, 2, 4, 6, 8, 10, 12, 14), second._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static RealLane512 UnzipOdd(RealLane512 first, RealLane512 second)
        => new(Avx512F.PermuteVar8x64x2(first._value, Vector512.Create(1L, 3, 5, 7, 9, 11, 13, 15), second._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static WordLane512 AsWords(RealLane512 value) => new(value._value.AsUInt64());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static RealLane512 FromWords(WordLane512 words) => new(words.Value.AsDouble());

    public static bool AreWithin(RealLane512 value, double bound)
        => Vector512.LessThanOrEqualAll(Vector512.Abs(value._value), Vector512.Create(bound));
}
