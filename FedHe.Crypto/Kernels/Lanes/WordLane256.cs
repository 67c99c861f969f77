using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace FedHe.Crypto.Kernels.Lanes;

/// <summary>This word lane is a register of four words.</summary>
internal readonly struct WordLane256 : IWordLane<WordLane256>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public WordLane256(Vector256<ulong> value) => Value = value;

    public static int Count => Vector256<ulong>.Count;

    public static bool CanStorePacked => false;

    public static int WordsPerLoad => 2;

    public Vector256<ulong> Value { get; }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static WordLane256 Create(ulong value) => new(Vector256.Create(value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static WordLane256 Load(ref ulong source, nuint index) => new(Vector256.LoadUnsafe(ref source, index));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(WordLane256 value, ref ulong destination, nuint index)
        => value.Value.StoreUnsafe(ref destination, index);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static WordLane256 LoadSmallSigned(ref sbyte source, nuint index)
    {
        uint packed = Unsafe.ReadUnaligned<uint>(ref Unsafe.As<sbyte, byte>(ref Unsafe.Add(ref source, index)));
        return new(Avx2.ConvertToVector256Int64(Vector128.CreateScalarUnsafe(packed).AsSByte()).AsUInt64());
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreLowBytes(WordLane256 value, ref sbyte destination, nuint index)
    {
        Vector256<byte> pairs = Avx2.Shuffle(value.Value.AsByte(), Vector256.Create((ushort)0x0800).AsByte());
        uint packed = pairs.GetLower().AsUInt16().ToScalar() | ((uint)pairs.GetUpper().AsUInt16().ToScalar() << 16);
        Unsafe.WriteUnaligned(ref Unsafe.As<sbyte, byte>(ref Unsafe.Add(ref destination, index)), packed);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static WordLane256 LoadScattered(ref byte source, ref readonly nuint offsets, WordLane256 bytes)
    {
        ref nuint offset = ref Unsafe.AsRef(in offsets);
        var pairs = Vector256.Create(
            Vector128.LoadUnsafe(ref source, offset), Vector128.LoadUnsafe(ref source, Unsafe.Add(ref offset, 1)));
        return new(Avx2.Shuffle(pairs, bytes.Value.AsByte()).AsUInt64());
    }

    public static void StorePacked(WordLane256 value, WordLane256 shifts, WordLane256 evenBytes, WordLane256 oddBytes, ref byte destination)
        => throw new PlatformNotSupportedException();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static WordLane256 operator +(WordLane256 left, WordLane256 right) => new(left.Value + right.Value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static WordLane256 operator -(WordLane256 left, WordLane256 right) => new(left.Value - right.Value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static WordLane256 operator &(WordLane256 left, WordLane256 right) => new(left.Value & right.Value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static WordLane256 operator |(WordLane256 left, WordLane256 right) => new(left.Value | right.Value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static WordLane256 operator ^(WordLane256 left, WordLane256 right) => new(left.Value ^ right.Value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static WordLane256 ShiftLeft(WordLane256 value, int count) => new(value.Value << count);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static WordLane256 ShiftRight(WordLane256 value, int count) => new(value.Value >>> count);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static WordLane256 ShiftRight(WordLane256 value, WordLane256 counts)
        => new(Avx2.ShiftRightLogicalVariable(value.Value, counts.Value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static WordLane256 MultiplyLowHalves(WordLane256 left, WordLane256 right)
        => new(Avx2.Multiply(left.Value.AsUInt32(), right.Value.AsUInt32()));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static WordLane256 AddWhereNegative(WordLane256 value, WordLane256 addend)
        => new(value.Value + (addend.Value & Vector256.LessThan(value.Value.AsInt64(), Vector256<long>.Zero).AsUInt64()));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static WordLane256 CountOnes(WordLane256 value)
    {
        // Four bits at a time by a table in a register, then the sum of a word's eight bytes.
        var nibble = Vector256.Create((byte)0x0F);
        Vector256<byte> table = Vector256.Create(0x0302020102010100, 0x0403030203020201, 0x0302020102010100, 0x0403030203020201).AsByte();
        Vector256<byte> low = Avx2.Shuffle(table, value.Value.AsByte() & nibble);
        Vector256<byte> high = Avx2.Shuffle(table, (value.Value >>> 4).AsByte() & nibble);
        return new(Avx2.SumAbsoluteDifferences(low + high, Vector256<byte>.Zero).AsUInt64());
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Combine(WordLane256 value)
    {
        Vector128<ulong> half = value.Value.GetLower() | value.Value.GetUpper();
        return WordLane128.Combine(new(half));
    }
}
