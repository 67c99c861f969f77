using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;

namespace FedHe.Crypto.Kernels.Lanes;

/// <summary>This half lane is a register of four halves.</summary>
internal readonly struct HalfLane128 : IHalfLane<HalfLane128>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public HalfLane128(Vector128<uint> value) => Value = value;

    public static int Count => Vector128<uint>.Count;

    public static int HalvesPerLoad => 4;

    public static bool CanStorePacked => false;

    public Vector128<uint> Value { get; }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static HalfLane128 Create(uint value) => new(Vector128.Create(value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static HalfLane128 Load(ref uint source, nuint index) => new(Vector128.LoadUnsafe(ref source, index));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(HalfLane128 value, ref uint destination, nuint index)
        => value.Value.StoreUnsafe(ref destination, index);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static HalfLane128 Min(HalfLane128 left, HalfLane128 right) => new(Vector128.Min(left.Value, right.Value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static HalfLane128 operator +(HalfLane128 left, HalfLane128 right) => new(left.Value + right.Value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static HalfLane128 operator -(HalfLane128 left, HalfLane128 right) => new(left.Value - right.Value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static HalfLane128 operator *(HalfLane128 left, HalfLane128 right) => new(left.Value * right.Value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static HalfLane128 operator &(HalfLane128 left, HalfLane128 right) => new(left.Value & right.Value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static HalfLane128 operator |(HalfLane128 left, HalfLane128 right) => new(left.Value | right.Value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static HalfLane128 operator ^(HalfLane128 left, HalfLane128 right) => new(left.Value ^ right.Value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static HalfLane128 LoadRepeated(ref uint source, nuint index, int period)
    {
        ref uint first = ref Unsafe.Add(ref source, index);
        return new(period switch
        {
            1 => Vector128.Create(first),
            2 => Vector128.Create(Unsafe.ReadUnaligned<ulong>(ref Unsafe.As<uint, byte>(ref first))).AsUInt32(),
            _ => Vector128.LoadUnsafe(ref first),
        });
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static HalfLane128 LoadSmallSigned(ref sbyte source, nuint index)
    {
        uint packed = Unsafe.ReadUnaligned<uint>(ref Unsafe.As<sbyte, byte>(ref Unsafe.Add(ref source, index)));
        Vector128<sbyte> bytes = Vector128.CreateScalarUnsafe(packed).AsSByte();
        return new(Vector128.WidenLower(Vector128.WidenLower(bytes)).AsUInt32());
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static HalfLane128 ShiftRight(HalfLane128 value, int count) => new(value.Value >>> count);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static HalfLane128 ShiftRight(HalfLane128 value, HalfLane128 counts)
    {
        if (Avx2.IsSupported)
        {
            return new(Avx2.ShiftRightLogicalVariable(value.Value, counts.Value));
        }

        return AdvSimd.IsSupported
            ? new(AdvSimd.ShiftLogical(value.Value, -counts.Value.AsInt32()))
            : new(Vector128.Create(
                value.Value[0] >> (int)counts.Value[0],
                value.Value[1] >> (int)counts.Value[1],
                value.Value[2] >> (int)counts.Value[2],
                value.Value[3] >> (int)counts.Value[3]));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static HalfLane128 ShiftLeft(HalfLane128 value, HalfLane128 counts)
    {
        if (Avx2.IsSupported)
        {
            return new(Avx2.ShiftLeftLogicalVariable(value.Value, counts.Value));
        }

        return AdvSimd.IsSupported
            ? new(AdvSimd.ShiftLogical(value.Value, counts.Value.AsInt32()))
            : new(Vector128.Create(
                value.Value[0] << (int)counts.Value[0],
                value.Value[1] << (int)counts.Value[1],
                value.Value[2] << (int)counts.Value[2],
                value.Value[3] << (int)counts.Value[3]));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static HalfLane128 LoadScattered(ref byte source, ref readonly nuint offsets, HalfLane128 bytes)
        => new(WordLane128.LoadScattered(ref source, in offsets, new(bytes.Value.AsUInt64())).Value.AsUInt32());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreReals(HalfLane128 value, double addend, double factor, ref double destination, nuint index)
    {
        Vector128<double> low = Vector128.ConvertToDouble(Vector128.WidenLower(value.Value.AsInt32()));
        Vector128<double> high = Vector128.ConvertToDouble(Vector128.WidenUpper(value.Value.AsInt32()));
        var addends = Vector128.Create(addend);
        var factors = Vector128.Create(factor);
        ((low + addends) * factors).StoreUnsafe(ref destination, index);
        ((high + addends) * factors).StoreUnsafe(ref destination, index + (nuint)(Count / 2));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static HalfLane128 LoadRounded(ref double source, nuint index, double factor)
    {
        var factors = Vector128.Create(factor);
        var shift = Vector128.Create(6755399441055744.0);
        Vector128<double> low = (Vector128.LoadUnsafe(ref source, index) * factors) + shift;
        Vector128<double> high = (Vector128.LoadUnsafe(ref source, index + (nuint)(Count / 2)) * factors) + shift;
        return UnzipEven(new(low.AsUInt32()), new(high.AsUInt32()));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StorePacked(
        HalfLane128 value, int width, HalfLane128 shifts, HalfLane128 evenBytes, HalfLane128 oddBytes, ref byte destination)
        => throw new PlatformNotSupportedException();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static HalfLane128 OddToEven(HalfLane128 value) => new((value.Value.AsUInt64() >>> 32).AsUInt32());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static HalfLane128 MultiplyModulo(
        HalfLane128 x, HalfLane128 factor, HalfLane128 quotient, HalfLane128 oddQuotient, HalfLane128 modulus)
        => new((x.Value * factor.Value) - (MultiplyHigh(x.Value, quotient.Value, oddQuotient.Value) * modulus.Value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static HalfLane128 UnzipEven(HalfLane128 first, HalfLane128 second)
        => new(AdvSimd.Arm64.IsSupported
            ? AdvSimd.Arm64.UnzipEven(first.Value, second.Value)
            : Vector128.Narrow(first.Value.AsUInt64(), second.Value.AsUInt64()));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static HalfLane128 UnzipOdd(HalfLane128 first, HalfLane128 second)
        => new(AdvSimd.Arm64.IsSupported
            ? AdvSimd.Arm64.UnzipOdd(first.Value, second.Value)
            : Vector128.Narrow(first.Value.AsUInt64() >>> 32, second.Value.AsUInt64() >>> 32));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint Combine(HalfLane128 value) => value.Value[0] | value.Value[1] | value.Value[2] | value.Value[3];

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<uint> MultiplyHigh(Vector128<uint> left, Vector128<uint> right, Vector128<uint> oddRight)
    {
        if (Sse41.IsSupported)
        {
            Vector128<ulong> even = Sse2.Multiply(left, right);
            Vector128<ulong> odd = Sse2.Multiply((left.AsUInt64() >>> 32).AsUInt32(), oddRight);
            return Sse41.Blend((even >>> 32).AsUInt16(), odd.AsUInt16(), 0b1100_1100).AsUInt32();
        }

        if (AdvSimd.Arm64.IsSupported)
        {
            Vector128<ulong> low = AdvSimd.MultiplyWideningLower(left.GetLower(), right.GetLower());
            return AdvSimd.Arm64.UnzipOdd(low.AsUInt32(), AdvSimd.MultiplyWideningUpper(left, right).AsUInt32());
        }

        return Vector128.Narrow(
            (Vector128.WidenLower(left) * Vector128.WidenLower(right)) >>> 32,
            (Vector128.WidenUpper(left) * Vector128.WidenUpper(right)) >>> 32);
    }
}
