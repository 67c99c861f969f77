using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace FedHe.Crypto.Kernels.Lanes;

/// <summary>This half lane is a register of eight halves.</summary>
internal readonly struct HalfLane256 : IHalfLane<HalfLane256>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public HalfLane256(Vector256<uint> value) => Value = value;

    public static int Count => Vector256<uint>.Count;

    public static int HalvesPerLoad => 4;

    public static bool CanStorePacked => false;

    public Vector256<uint> Value { get; }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static HalfLane256 Create(uint value) => new(Vector256.Create(value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static HalfLane256 Load(ref uint source, nuint index) => new(Vector256.LoadUnsafe(ref source, index));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(HalfLane256 value, ref uint destination, nuint index)
        => value.Value.StoreUnsafe(ref destination, index);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static HalfLane256 Min(HalfLane256 left, HalfLane256 right) => new(Vector256.Min(left.Value, right.Value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static HalfLane256 operator +(HalfLane256 left, HalfLane256 right) => new(left.Value + right.Value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static HalfLane256 operator -(HalfLane256 left, HalfLane256 right) => new(left.Value - right.Value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static HalfLane256 operator *(HalfLane256 left, HalfLane256 right) => new(left.Value * right.Value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static HalfLane256 operator &(HalfLane256 left, HalfLane256 right) => new(left.Value & right.Value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static HalfLane256 operator |(HalfLane256 left, HalfLane256 right) => new(left.Value | right.Value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static HalfLane256 operator ^(HalfLane256 left, HalfLane256 right) => new(left.Value ^ right.Value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static HalfLane256 LoadRepeated(ref uint source, nuint index, int period)
    {
        ref uint first = ref Unsafe.Add(ref source, index);
        return new(period switch
        {
            1 => Vector256.Create(first),
            2 => Vector256.Create(Unsafe.ReadUnaligned<ulong>(ref Unsafe.As<uint, byte>(ref first))).AsUInt32(),
            4 => Vector256.Create(Vector128.LoadUnsafe(ref first)),
            _ => Vector256.LoadUnsafe(ref first),
        });
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static HalfLane256 LoadSmallSigned(ref sbyte source, nuint index)
    {
        ulong packed = Unsafe.ReadUnaligned<ulong>(ref Unsafe.As<sbyte, byte>(ref Unsafe.Add(ref source, index)));
        return new(Avx2.ConvertToVector256Int32(Vector128.CreateScalarUnsafe(packed).AsSByte()).AsUInt32());
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static HalfLane256 ShiftRight(HalfLane256 value, int count) => new(value.Value >>> count);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static HalfLane256 ShiftRight(HalfLane256 value, HalfLane256 counts)
        => new(Avx2.ShiftRightLogicalVariable(value.Value, counts.Value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static HalfLane256 ShiftLeft(HalfLane256 value, HalfLane256 counts)
        => new(Avx2.ShiftLeftLogicalVariable(value.Value, counts.Value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static HalfLane256 LoadScattered(ref byte source, ref readonly nuint offsets, HalfLane256 bytes)
        => new(WordLane256.LoadScattered(ref source, in offsets, new(bytes.Value.AsUInt64())).Value.AsUInt32());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreReals(HalfLane256 value, double addend, double factor, ref double destination, nuint index)
    {
        Vector256<double> low = Avx.ConvertToVector256Double(value.Value.AsInt32().GetLower());
        Vector256<double> high = Avx.ConvertToVector256Double(value.Value.AsInt32().GetUpper());
        var addends = Vector256.Create(addend);
        var factors = Vector256.Create(factor);
        ((low + addends) * factors).StoreUnsafe(ref destination, index);
        ((high + addends) * factors).StoreUnsafe(ref destination, index + (nuint)(Count / 2));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static HalfLane256 LoadRounded(ref double source, nuint index, double factor)
    {
        var factors = Vector256.Create(factor);
        var shift = Vector256.Create(6755399441055744.0);
        Vector256<double> low = (Vector256.LoadUnsafe(ref source, index) * factors) + shift;
        Vector256<double> high = (Vector256.LoadUnsafe(ref source, index + (nuint)(Count / 2)) * factors) + shift;
        return UnzipEven(new(low.AsUInt32()), new(high.AsUInt32()));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StorePacked(
        HalfLane256 value, int width, HalfLane256 shifts, HalfLane256 evenBytes, HalfLane256 oddBytes, ref byte destination)
        => throw new PlatformNotSupportedException();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static HalfLane256 OddToEven(HalfLane256 value) => new((value.Value.AsUInt64() >>> 32).AsUInt32());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static HalfLane256 MultiplyModulo(
        HalfLane256 x, HalfLane256 factor, HalfLane256 quotient, HalfLane256 oddQuotient, HalfLane256 modulus)
    {
        Vector256<ulong> even = Avx2.Multiply(x.Value, quotient.Value);
        Vector256<ulong> odd = Avx2.Multiply((x.Value.AsUInt64() >>> 32).AsUInt32(), oddQuotient.Value);
        Vector256<uint> high = Avx2.Blend((even >>> 32).AsUInt32(), odd.AsUInt32(), 0b1010_1010); // floor(x*w'/2^32)
        return new((x.Value * factor.Value) - (high * modulus.Value));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static HalfLane256 UnzipEven(HalfLane256 first, HalfLane256 second)
        => new(InOrder(Avx.Shuffle(first.Value.AsSingle(), second.Value.AsSingle(), 0b10_00_10_00)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static HalfLane256 UnzipOdd(HalfLane256 first, HalfLane256 second)
        => new(InOrder(Avx.Shuffle(first.Value.AsSingle(), second.Value.AsSingle(), 0b11_01_11_01)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint Combine(HalfLane256 value)
        => HalfLane128.Combine(new(value.Value.GetLower() | value.Value.GetUpper()));

    /// <summary>Swaps the middle quarters, since a shuffle takes turns between its registers in each half.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<uint> InOrder(Vector256<float> shuffled)
        => Avx2.Permute4x64(shuffled.AsUInt64(), 0b11_01_10_00).AsUInt32();
}
