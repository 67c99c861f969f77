using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace FedHe.Crypto.Kernels.Lanes;

/// <summary>This word lane is a register of eight words.</summary>
internal readonly struct WordLane512 : IWordLane<WordLane512>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public WordLane512(Vector512<ulong> value) => Value = value;

    public static int Count => Vector512<ulong>.Count;

    public static bool CanStorePacked => Avx512Vbmi.IsSupported;

    public static int WordsPerLoad => Avx512Vbmi.IsSupported ? Count : 2;

    public Vector512<ulong> Value { get; }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static WordLane512 Create(ulong value) => new(Vector512.Create(value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static WordLane512 Load(ref ulong source, nuint index) => new(Vector512.LoadUnsafe(ref source, index));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(WordLane512 value, ref ulong destination, nuint index)
        => value.Value.StoreUnsafe(ref destination, index);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static WordLane512 LoadSmallSigned(ref sbyte source, nuint index)
    {
        ulong packed = Unsafe.ReadUnaligned<ulong>(ref Unsafe.As<sbyte, byte>(ref Unsafe.Add(ref source, index)));
        return new(Avx512F.ConvertToVector512Int64(Vector128.CreateScalarUnsafe(packed).AsSByte()).AsUInt64());
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreLowBytes(WordLane512 value, ref sbyte destination, nuint index)
    {
        ulong packed = Avx512F.ConvertToVector128Byte(value.Value).AsUInt64().ToScalar();
        Unsafe.WriteUnaligned(ref Unsafe.As<sbyte, byte>(ref Unsafe.Add(ref destination, index)), packed);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static WordLane512 LoadScattered(ref byte source, ref readonly nuint offsets, WordLane512 bytes)
    {
        if (Avx512Vbmi.IsSupported)
        {
            Vector512<byte> all = Vector512.LoadUnsafe(ref source, offsets);
            return new(Avx512Vbmi.PermuteVar64x8(all, bytes.Value.AsByte()).AsUInt64());
        }

        ref nuint offset = ref Unsafe.AsRef(in offsets);
        var low = Vector256.Create(
            Vector128.LoadUnsafe(ref source, offset), Vector128.LoadUnsafe(ref source, Unsafe.Add(ref offset, 1)));
        var high = Vector256.Create(
            Vector128.LoadUnsafe(ref source, Unsafe.Add(ref offset, 2)),
            Vector128.LoadUnsafe(ref source, Unsafe.Add(ref offset, 3)));
        return new(Avx512BW.Shuffle(Vector512.Create(low, high), bytes.Value.AsByte()).AsUInt64());
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StorePacked(
        WordLane512 value, WordLane512 shifts, WordLane512 evenBytes, WordLane512 oddBytes, ref byte destination)
    {
        Vector512<byte> shifted = Avx512F.ShiftLeftLogicalVariable(value.Value, shifts.Value).AsByte();
        Vector512<byte> even = Avx512Vbmi.PermuteVar64x8x2(shifted, evenBytes.Value.AsByte(), Vector512<byte>.Zero);
        Vector512<byte> odd = Avx512Vbmi.PermuteVar64x8x2(shifted, oddBytes.Value.AsByte(), Vector512<byte>.Zero);
        (even | odd).StoreUnsafe(ref destination);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static WordLane512 operator +(WordLane512 left, WordLane512 right) => new(left.Value + right.Value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static WordLane512 operator -(WordLane512 left, WordLane512 right) => new(left.Value - right.Value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static WordLane512 operator &(WordLane512 left, WordLane512 right) => new(left.Value & right.Value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static WordLane512 operator |(WordLane512 left, WordLane512 right) => new(left.Value | right.Value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static WordLane512 operator ^(WordLane512 left, WordLane512 right) => new(left.Value ^ right.Value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static WordLane512 ShiftLeft(WordLane512 value, int count) => new(value.Value << count);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static WordLane512 ShiftRight(WordLane512 value, int count) => new(value.Value >>> count);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static WordLane512 ShiftRight(WordLane512 value, WordLane512 counts)
        => new(Avx512F.ShiftRightLogicalVariable(value.Value, counts.Value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static WordLane512 MultiplyLowHalves(WordLane512 left, WordLane512 right)
        => new(Avx512F.Multiply(left.Value.AsUInt32(), right.Value.AsUInt32()));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static WordLane512 AddWhereNegative(WordLane512 value, WordLane512 addend)
        => new(value.Value + (addend.Value & Vector512.LessThan(value.Value.AsInt64(), Vector512<long>.Zero).AsUInt64()));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static WordLane512 CountOnes(WordLane512 value)
    {
        // Four bits at a time by a table in a register, then the sum of a word's eight bytes.
        var nibble = Vector512.Create((byte)0x0F);
        Vector512<byte> table = Vector512.Create(0x0302020102010100, 0x0403030203020201, 0x0302020102010100, 0x0403030203020201,
            0x0302020102010100, 0x0403030203020201, 0x0302020102010100, 0x0403030203020201).AsByte();
        Vector512<byte> low = Avx512BW.Shuffle(table, value.Value.AsByte() & nibble);
        Vector512<byte> high = Avx512BW.Shuffle(table, (value.Value >>> 4).AsByte() & nibble);
        return new(Avx512BW.SumAbsoluteDifferences(low + high, Vector512<byte>.Zero).AsUInt64());
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Combine(WordLane512 value)
    {
        Vector256<ulong> half = value.Value.GetLower() | value.Value.GetUpper();
        return WordLane256.Combine(new(half));
    }
}
