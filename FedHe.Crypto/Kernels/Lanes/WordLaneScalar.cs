using System.Numerics;
using System.Runtime.CompilerServices;

namespace FedHe.Crypto.Kernels.Lanes;

/// <summary>This word lane is a register of one word.</summary>
internal readonly struct WordLaneScalar : IWordLane<WordLaneScalar>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public WordLaneScalar(ulong value) => Value = value;

    public static int Count => 1;

    public static bool CanStorePacked => false;

    public static int WordsPerLoad => 1;

    public ulong Value { get; }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static WordLaneScalar Create(ulong value) => new(value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static WordLaneScalar Load(ref ulong source, nuint index) => new(Unsafe.Add(ref source, index));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(WordLaneScalar value, ref ulong destination, nuint index)
        => Unsafe.Add(ref destination, index) = value.Value;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static WordLaneScalar LoadSmallSigned(ref sbyte source, nuint index)
        => new((ulong)(long)Unsafe.Add(ref source, index));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreLowBytes(WordLaneScalar value, ref sbyte destination, nuint index)
        => Unsafe.Add(ref destination, index) = (sbyte)value.Value;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static WordLaneScalar LoadScattered(ref byte source, ref readonly nuint offsets, WordLaneScalar bytes)
        => new(Unsafe.ReadUnaligned<ulong>(ref Unsafe.Add(ref source, offsets)));

    public static void StorePacked(WordLaneScalar value, WordLaneScalar shifts, WordLaneScalar evenBytes, WordLaneScalar oddBytes, ref byte destination)
        => throw new PlatformNotSupportedException();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static WordLaneScalar operator +(WordLaneScalar left, WordLaneScalar right) => new(left.Value + right.Value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static WordLaneScalar operator -(WordLaneScalar left, WordLaneScalar right) => new(left.Value - right.Value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static WordLaneScalar operator &(WordLaneScalar left, WordLaneScalar right) => new(left.Value & right.Value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static WordLaneScalar operator |(WordLaneScalar left, WordLaneScalar right) => new(left.Value | right.Value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static WordLaneScalar operator ^(WordLaneScalar left, WordLaneScalar right) => new(left.Value ^ right.Value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static WordLaneScalar ShiftLeft(WordLaneScalar value, int count) => new(value.Value << count);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static WordLaneScalar ShiftRight(WordLaneScalar value, int count) => new(value.Value >> count);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static WordLaneScalar ShiftRight(WordLaneScalar value, WordLaneScalar counts)
        => new(value.Value >> (int)counts.Value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static WordLaneScalar MultiplyLowHalves(WordLaneScalar left, WordLaneScalar right)
        => new((ulong)(uint)left.Value * (uint)right.Value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static WordLaneScalar AddWhereNegative(WordLaneScalar value, WordLaneScalar addend)
        => new(value.Value + (addend.Value & (ulong)((long)value.Value >> 63)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static WordLaneScalar CountOnes(WordLaneScalar value) => new((ulong)BitOperations.PopCount(value.Value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Combine(WordLaneScalar value) => value.Value;
}
