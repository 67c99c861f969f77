using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;

namespace FedHe.Crypto.Kernels.Lanes;

/// <summary>This word lane is a register of two words.</summary>
internal readonly struct WordLane128 : IWordLane<WordLane128>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public WordLane128(Vector128<ulong> value) => Value = value;

    public static int Count => Vector128<ulong>.Count;

    public static bool CanStorePacked => false;

    public static int WordsPerLoad => 2;

    public Vector128<ulong> Value { get; }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static WordLane128 Create(ulong value) => new(Vector128.Create(value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static WordLane128 Load(ref ulong source, nuint index) => new(Vector128.LoadUnsafe(ref source, index));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(WordLane128 value, ref ulong destination, nuint index)
        => value.Value.StoreUnsafe(ref destination, index);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static WordLane128 LoadSmallSigned(ref sbyte source, nuint index)
    {
        return new(Vector128.Create((long)Unsafe.Add(ref source, index), Unsafe.Add(ref source, index + 1)).AsUInt64());
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreLowBytes(WordLane128 value, ref sbyte destination, nuint index)
    {
        Unsafe.Add(ref destination, index) = (sbyte)value.Value[0];
        Unsafe.Add(ref destination, index + 1) = (sbyte)value.Value[1];
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static WordLane128 LoadScattered(ref byte source, ref readonly nuint offsets, WordLane128 bytes)
    {
        return new(Vector128.ShuffleNative(Vector128.LoadUnsafe(ref source, offsets), bytes.Value.AsByte()).AsUInt64());
    }

    public static void StorePacked(WordLane128 value, WordLane128 shifts, WordLane128 evenBytes, WordLane128 oddBytes, ref byte destination)
        => throw new PlatformNotSupportedException();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static WordLane128 operator +(WordLane128 left, WordLane128 right) => new(left.Value + right.Value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static WordLane128 operator -(WordLane128 left, WordLane128 right) => new(left.Value - right.Value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static WordLane128 operator &(WordLane128 left, WordLane128 right) => new(left.Value & right.Value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static WordLane128 operator |(WordLane128 left, WordLane128 right) => new(left.Value | right.Value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static WordLane128 operator ^(WordLane128 left, WordLane128 right) => new(left.Value ^ right.Value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static WordLane128 ShiftLeft(WordLane128 value, int count) => new(value.Value << count);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static WordLane128 ShiftRight(WordLane128 value, int count) => new(value.Value >>> count);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static WordLane128 ShiftRight(WordLane128 value, WordLane128 counts)
        => new(Vector128.Create(value.Value[0] >> (int)counts.Value[0], value.Value[1] >> (int)counts.Value[1]));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static WordLane128 MultiplyLowHalves(WordLane128 left, WordLane128 right)
    {
        if (Sse2.IsSupported)
        {
            return new(Sse2.Multiply(left.Value.AsUInt32(), right.Value.AsUInt32()));
        }

        if (AdvSimd.IsSupported)
        {
            return new(AdvSimd.MultiplyWideningLower(
                AdvSimd.ExtractNarrowingLower(left.Value), AdvSimd.ExtractNarrowingLower(right.Value)));
        }

        var lowHalf = Vector128.Create((ulong)uint.MaxValue);
        return new((left.Value & lowHalf) * (right.Value & lowHalf));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static WordLane128 AddWhereNegative(WordLane128 value, WordLane128 addend)
        => new(value.Value + (addend.Value & Vector128.LessThan(value.Value.AsInt64(), Vector128<long>.Zero).AsUInt64()));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static WordLane128 CountOnes(WordLane128 value)
        => new(Vector128.Create((ulong)BitOperations.PopCount(value.Value[0]), (ulong)BitOperations.PopCount(value.Value[1])));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Combine(WordLane128 value)
    {
        return value.Value[0] | value.Value[1];
    }
}
