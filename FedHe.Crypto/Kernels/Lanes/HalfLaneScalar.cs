using System.Runtime.CompilerServices;

namespace FedHe.Crypto.Kernels.Lanes;

/// <summary>This half lane is a register of one half.</summary>
internal readonly struct HalfLaneScalar : IHalfLane<HalfLaneScalar>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public HalfLaneScalar(uint value) => Value = value;

    public static int Count => 1;

    public static int HalvesPerLoad => 1;

    public static bool CanStorePacked => false;

    public uint Value { get; }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static HalfLaneScalar Create(uint value) => new(value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static HalfLaneScalar Load(ref uint source, nuint index) => new(Unsafe.Add(ref source, index));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static HalfLaneScalar LoadRepeated(ref uint source, nuint index, int period) => Load(ref source, index);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static HalfLaneScalar LoadSmallSigned(ref sbyte source, nuint index) => new((uint)Unsafe.Add(ref source, index));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(HalfLaneScalar value, ref uint destination, nuint index)
        => Unsafe.Add(ref destination, index) = value.Value;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static HalfLaneScalar operator +(HalfLaneScalar left, HalfLaneScalar right) => new(left.Value + right.Value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static HalfLaneScalar operator -(HalfLaneScalar left, HalfLaneScalar right) => new(left.Value - right.Value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static HalfLaneScalar operator *(HalfLaneScalar left, HalfLaneScalar right) => new(left.Value * right.Value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static HalfLaneScalar operator &(HalfLaneScalar left, HalfLaneScalar right) => new(left.Value & right.Value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static HalfLaneScalar operator |(HalfLaneScalar left, HalfLaneScalar right) => new(left.Value | right.Value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static HalfLaneScalar operator ^(HalfLaneScalar left, HalfLaneScalar right) => new(left.Value ^ right.Value);

    /// <inheritdoc/>
    /// <remarks>The borrow of the difference decides, in place of a comparison that might become a branch.</remarks>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static HalfLaneScalar Min(HalfLaneScalar left, HalfLaneScalar right)
    {
        long difference = (long)left.Value - right.Value;
        return new(right.Value + (uint)(difference & (difference >> 63)));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static HalfLaneScalar ShiftRight(HalfLaneScalar value, int count) => new(value.Value >> count);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static HalfLaneScalar ShiftRight(HalfLaneScalar value, HalfLaneScalar counts)
        => new(value.Value >> (int)counts.Value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static HalfLaneScalar ShiftLeft(HalfLaneScalar value, HalfLaneScalar counts)
        => new(value.Value << (int)counts.Value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static HalfLaneScalar LoadScattered(ref byte source, ref readonly nuint offsets, HalfLaneScalar bytes)
        => new(Unsafe.ReadUnaligned<uint>(ref Unsafe.Add(ref source, offsets)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreReals(HalfLaneScalar value, double addend, double factor, ref double destination, nuint index)
        => Unsafe.Add(ref destination, index) = ((int)value.Value + addend) * factor;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static HalfLaneScalar LoadRounded(ref double source, nuint index, double factor)
        => new((uint)BitConverter.DoubleToUInt64Bits((Unsafe.Add(ref source, index) * factor) + 6755399441055744.0));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StorePacked(
        HalfLaneScalar value, int width, HalfLaneScalar shifts, HalfLaneScalar evenBytes, HalfLaneScalar oddBytes, ref byte destination)
        => throw new PlatformNotSupportedException();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static HalfLaneScalar OddToEven(HalfLaneScalar value) => value;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static HalfLaneScalar MultiplyModulo(
        HalfLaneScalar x, HalfLaneScalar factor, HalfLaneScalar quotient, HalfLaneScalar oddQuotient, HalfLaneScalar modulus)
    {
        uint high = (uint)(((ulong)x.Value * quotient.Value) >> 32);
        return new((x.Value * factor.Value) - (high * modulus.Value));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static HalfLaneScalar UnzipEven(HalfLaneScalar first, HalfLaneScalar second) => first;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static HalfLaneScalar UnzipOdd(HalfLaneScalar first, HalfLaneScalar second) => second;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint Combine(HalfLaneScalar value) => value.Value;
}
