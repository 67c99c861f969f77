using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace FedHe.Crypto.Kernels.Lanes;

/// <summary>This half lane is a register of sixteen halves.</summary>
internal readonly struct HalfLane512 : IHalfLane<HalfLane512>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public HalfLane512(Vector512<uint> value) => Value = value;

    public static int Count => Vector512<uint>.Count;

    public static int HalvesPerLoad => Avx512Vbmi.IsSupported ? Count : 4;

    public static bool CanStorePacked => Avx512Vbmi.IsSupported;

    public Vector512<uint> Value { get; }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static HalfLane512 Create(uint value) => new(Vector512.Create(value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static HalfLane512 Load(ref uint source, nuint index) => new(Vector512.LoadUnsafe(ref source, index));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(HalfLane512 value, ref uint destination, nuint index)
        => value.Value.StoreUnsafe(ref destination, index);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static HalfLane512 Min(HalfLane512 left, HalfLane512 right) => new(Vector512.Min(left.Value, right.Value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static HalfLane512 operator +(HalfLane512 left, HalfLane512 right) => new(left.Value + right.Value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static HalfLane512 operator -(HalfLane512 left, HalfLane512 right) => new(left.Value - right.Value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static HalfLane512 operator *(HalfLane512 left, HalfLane512 right) => new(left.Value * right.Value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static HalfLane512 operator &(HalfLane512 left, HalfLane512 right) => new(left.Value & right.Value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static HalfLane512 operator |(HalfLane512 left, HalfLane512 right) => new(left.Value | right.Value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static HalfLane512 operator ^(HalfLane512 left, HalfLane512 right) => new(left.Value ^ right.Value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static HalfLane512 LoadRepeated(ref uint source, nuint index, int period)
    {
        ref uint first = ref Unsafe.Add(ref source, index);
        return new(period switch
        {
            1 => Vector512.Create(first),
            2 => Vector512.Create(Unsafe.ReadUnaligned<ulong>(ref Unsafe.As<uint, byte>(ref first))).AsUInt32(),
            4 => Vector512.Create(Vector128.LoadUnsafe(ref first)),
            8 => Vector512.Create(Vector256.LoadUnsafe(ref first)),
            _ => Vector512.LoadUnsafe(ref first),
        });
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static HalfLane512 LoadSmallSigned(ref sbyte source, nuint index)
        => new(Avx512F.ConvertToVector512Int32(Vector128.LoadUnsafe(ref source, index)).AsUInt32());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static HalfLane512 ShiftRight(HalfLane512 value, int count) => new(value.Value >>> count);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static HalfLane512 ShiftRight(HalfLane512 value, HalfLane512 counts)
        => new(Avx512F.ShiftRightLogicalVariable(value.Value, counts.Value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static HalfLane512 ShiftLeft(HalfLane512 value, HalfLane512 counts)
        => new(Avx512F.ShiftLeftLogicalVariable(value.Value, counts.Value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static HalfLane512 LoadScattered(ref byte source, ref readonly nuint offsets, HalfLane512 bytes)
        => new(WordLane512.LoadScattered(ref source, in offsets, new(bytes.Value.AsUInt64())).Value.AsUInt32());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreReals(HalfLane512 value, double addend, double factor, ref double destination, nuint index)
    {
        Vector512<double> low = Avx512F.ConvertToVector512Double(value.Value.AsInt32().GetLower());
        Vector512<double> high = Avx512F.ConvertToVector512Double(value.Value.AsInt32().GetUpper());
        var addends = Vector512.Create(addend);
        var factors = Vector512.Create(factor);
        ((low + addends) * factors).StoreUnsafe(ref destination, index);
        ((high + addends) * factors).StoreUnsafe(ref destination, index + (nuint)(Count / 2));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static HalfLane512 LoadRounded(ref double source, nuint index, double factor)
    {
        var factors = Vector512.Create(factor);
        var shift = Vector512.Create(6755399441055744.0);
        Vector512<double> low = (Vector512.LoadUnsafe(ref source, index) * factors) + shift;
        Vector512<double> high = (Vector512.LoadUnsafe(ref source, index + (nuint)(Count / 2)) * factors) + shift;
        return UnzipEven(new(low.AsUInt32()), new(high.AsUInt32()));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StorePacked(
        HalfLane512 value, int width, HalfLane512 shifts, HalfLane512 evenBytes, HalfLane512 oddBytes, ref byte destination)
    {
        Vector512<ulong> halves = value.Value.AsUInt64();
        Vector512<ulong> pairs = (halves & Vector512.Create(0xFFFF_FFFFUL)) | ((halves >>> 32) << width);
        Vector512<byte> shifted = Avx512F.ShiftLeftLogicalVariable(pairs, shifts.Value.AsUInt64()).AsByte();
        Vector512<byte> even = Avx512Vbmi.PermuteVar64x8x2(shifted, evenBytes.Value.AsByte(), Vector512<byte>.Zero);
        Vector512<byte> odd = Avx512Vbmi.PermuteVar64x8x2(shifted, oddBytes.Value.AsByte(), Vector512<byte>.Zero);
        (even | odd).StoreUnsafe(ref destination);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static HalfLane512 OddToEven(HalfLane512 value) => new((value.Value.AsUInt64() >>> 32).AsUInt32());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static HalfLane512 MultiplyModulo(
        HalfLane512 x, HalfLane512 factor, HalfLane512 quotient, HalfLane512 oddQuotient, HalfLane512 modulus)
    {
        Vector512<ulong> even = Avx512F.Multiply(x.Value, quotient.Value);
        Vector512<ulong> odd = Avx512F.Multiply((x.Value.AsUInt64() >>> 32).AsUInt32(), oddQuotient.Value);
        Vector512<uint> high = Avx512F.PermuteVar16x32x2(
            even.AsUInt32(), Vector512.Create(1u, 17, 3, 19, 5, 21, 7, 23, 9, 25, 11, 27, 13, 29, 15, 31), odd.AsUInt32()); // floor(x*w'/2^32)
        return new((x.Value * factor.Value) - (high * modulus.Value));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static HalfLane512 UnzipEven(HalfLane512 first, HalfLane512 second)
        => new(Avx512F.PermuteVar16x32x2(
            first.Value, Vector512.Create(0u, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30), second.Value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static HalfLane512 UnzipOdd(HalfLane512 first, HalfLane512 second)
        => new(Avx512F.PermuteVar16x32x2(
            first.Value, Vector512.Create(1u, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23, 25, 27, 29, 31), second.Value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint Combine(HalfLane512 value)
        => HalfLane256.Combine(new(value.Value.GetLower() | value.Value.GetUpper()));
}
