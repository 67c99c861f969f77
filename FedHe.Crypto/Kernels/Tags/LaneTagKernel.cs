using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using FedHe.Crypto.Kernels.BitPacking;
using FedHe.Crypto.Kernels.Lanes;
using FedHe.Crypto.Kernels.Modular;

namespace FedHe.Crypto.Kernels.Tags;

/// <summary>The lane kernel of polynomial hashes keeps lazy doubles in its accumulators, both hashes at once.</summary>
/// <remarks>
/// With y in [-p/2, p/2], an accumulator of magnitude at most alpha*p becomes A*y + v of magnitude at most
/// (1/2 + alpha/8)*p + p, so every accumulator stays below 12/7*p: see <see cref="ModularLane{TReal, TWord}"/>.
/// </remarks>
internal sealed class LaneTagKernel<TReal, TWord> : TagKernel
    where TReal : struct, IRealLane<TReal, TWord>
    where TWord : struct, IWordLane<TWord>
{
    // The solution of alpha = 1/2 + alpha/8 + 1, with room for the roundings.
    private const double AccumulatorBound = (12.0 / 7) + 0.001;

    private const int GroupLength = ByteGroupLayout.GroupLength;
    private const int GroupsPerRow = RowLength / GroupLength;

    private readonly TagSpecification _specification = new();

    public override (ulong First, ulong Second) Fold(Span<ulong> accumulators, HashPoints points, in BarrettModulus modulus)
        => (
            Fold(ref MemoryMarshal.GetReference(accumulators[..RowLength]), 0, points, modulus.Prime),
            Fold(ref MemoryMarshal.GetReference(accumulators[RowLength..AccumulatorLength]), 1, points, modulus.Prime));

    [MethodImpl(KernelLoop.Compilation)]
    public override bool AreAtMost(ReadOnlySpan<ulong> values, ulong maximum)
    {
        int whole = values.Length & -TWord.Count;
        ref ulong source = ref MemoryMarshal.GetReference(values);
        var largest = TWord.Create(maximum);
        TWord outside = default;
        for (nuint i = 0; i < (nuint)whole; i += (nuint)TWord.Count)
        {
            TWord value = TWord.Load(ref source, i);
            outside |= value | (largest - value);
        }

        bool areInRange = TWord.Combine(outside) >> 63 == 0;
        return _specification.AreAtMost(values[whole..], maximum) & areInRange;
    }

    protected override void MultiplyAddCore(
        ReadOnlySpan<ulong> values, int dropped, int column, HashPoints points, Span<ulong> accumulators, in BarrettModulus modulus)
    {
        int length = Math.Min(values.Length, RowLength);
        int whole = length & -TWord.Count;
        double firstY = Center(points.Y(0), modulus.Prime);
        double secondY = Center(points.Y(1), modulus.Prime);
        ref ulong source = ref MemoryMarshal.GetReference(values);
        ref ulong sums = ref Unsafe.Add(ref MemoryMarshal.GetReference(accumulators), column);
        Rows(ref source, ref sums, values.Length / Math.Max(length, 1), whole, dropped, firstY, secondY, modulus.Prime);
        if (whole < length)
        {
            // Only part of one row leaves a rest.
            source = ref Unsafe.Add(ref source, whole);
            sums = ref Unsafe.Add(ref sums, whole);
            LaneTagKernel<RealLaneScalar, WordLaneScalar>.Rows(
                ref source, ref sums, 1, length - whole, dropped, firstY, secondY, modulus.Prime);
        }
    }

    protected override int RowsWithRoom(ReadOnlySpan<byte> source, int width)
    {
        int groups = source.Length / width;
        return ByteGroupLayouts<TWord>.OfWidth(width).GroupsWithRoom(groups * GroupLength, source.Length) / GroupsPerRow;
    }

    protected override bool TryMultiplyAddRows(
        ReadOnlySpan<byte> source,
        int rows,
        int width,
        ulong limit,
        ulong offset,
        HashPoints points,
        Span<ulong> accumulators,
        in BarrettModulus modulus)
    {
        ByteGroupLayout layout = ByteGroupLayouts<TWord>.OfWidth(width);
        double firstY = Center(points.Y(0), modulus.Prime);
        double secondY = Center(points.Y(1), modulus.Prime);
        ref byte packed = ref MemoryMarshal.GetReference(source);
        ref ulong sums = ref MemoryMarshal.GetReference(accumulators);
        ulong outside = 0;
        for (int row = 0; row < rows; row++)
        {
            outside |= PackedRow(layout, ref packed, width, limit - 1, offset, ref sums, firstY, secondY, modulus.Prime);
            packed = ref Unsafe.Add(ref packed, GroupsPerRow * width);
        }

        return outside >> 63 == 0;
    }

    /// <summary>Takes a row of packed values from their bytes to the accumulators in registers.</summary>
    /// <returns>A number whose highest bit is set where a value is above the largest one.</returns>
    [MethodImpl(KernelLoop.Compilation)]
    private static ulong PackedRow(
        ByteGroupLayout layout, ref byte packed, int width, ulong largest, ulong offset, ref ulong accumulators, double firstY, double secondY, double modulus)
    {
        // A value or-ed with the bits of 2^52 is a double, of which a subtraction makes the value with its offset.
        var exponent = TWord.Create(ModularLane<TReal, TWord>.IntegerExponent);
        var most = TWord.Create(ModularLane<TReal, TWord>.IntegerExponent + largest);
        var shift = TReal.Create(ModularLane<TReal, TWord>.IntegerShift - offset);
        var mask = TWord.Create((1UL << width) - 1);
        var p = new ModularLane<TReal, TWord>(modulus);
        var y0 = TReal.Create(firstY);
        var y1 = TReal.Create(secondY);
        nint step = width;
        TWord outside = default;
        for (int start = 0; start < GroupLength; start += TWord.Count)
        {
            ByteGroupLane<TWord> lane = layout.Lane<TWord>(start);
            ref byte group = ref packed;
            ref double first = ref Unsafe.As<ulong, double>(ref Unsafe.Add(ref accumulators, start));
            for (nuint i = 0; i < RowLength; i += GroupLength)
            {
                TWord word = (lane.Load(ref group) & mask) | exponent;
                outside |= most - word;
                TReal value = TReal.FromWords(word) - shift;
                TReal sum0 = p.Multiply(TReal.Load(ref first, i), y0) + value; // A*y + v
                TReal sum1 = p.Multiply(TReal.Load(ref first, i + RowLength), y1) + value;
                p.AssertWithin(sum0, AccumulatorBound);
                p.AssertWithin(sum1, AccumulatorBound);
                TReal.Store(sum0, ref first, i);
                TReal.Store(sum1, ref first, i + RowLength);
                group = ref Unsafe.Add(ref group, step);
            }
        }

        return TWord.Combine(outside);
    }

    [MethodImpl(KernelLoop.Compilation)]
    private static void Rows(
        ref ulong values, ref ulong accumulators, int rows, int length, int dropped, double firstY, double secondY, double modulus)
    {
        var p = new ModularLane<TReal, TWord>(modulus);
        var y0 = TReal.Create(firstY);
        var y1 = TReal.Create(secondY);
        ref double first = ref Unsafe.As<ulong, double>(ref accumulators);
        ref double second = ref Unsafe.Add(ref first, RowLength);
        for (int row = 0; row < rows; row++)
        {
            ref ulong source = ref Unsafe.Add(ref values, row * RowLength);
            for (nuint i = 0; i < (nuint)length; i += (nuint)TWord.Count)
            {
                TReal value = ModularLane<TReal, TWord>.ToReal(TWord.ShiftRight(TWord.Load(ref source, i), dropped));
                TReal sum0 = p.Multiply(TReal.Load(ref first, i), y0) + value; // A*y + v
                TReal sum1 = p.Multiply(TReal.Load(ref second, i), y1) + value;
                p.AssertWithin(sum0, AccumulatorBound);
                p.AssertWithin(sum1, AccumulatorBound);
                TReal.Store(sum0, ref first, i);
                TReal.Store(sum1, ref second, i);
            }
        }
    }

    /// <summary>Folds by halves: the column l of n becomes A_l + x^(n/2)*A_(l+n/2), until one is left.</summary>
    [MethodImpl(KernelLoop.Compilation)]
    private static ulong Fold(ref ulong accumulators, int hash, HashPoints points, ulong prime)
    {
        ref double sums = ref Unsafe.As<ulong, double>(ref accumulators);
        for (int log = LogRowLength - 1; log >= 0; log--)
        {
            double factor = Center(points.X(hash, log), prime);
            if (1 << log >= TReal.Count)
            {
                Halve(ref sums, 1 << log, factor, prime);
            }
            else
            {
                LaneTagKernel<RealLaneScalar, WordLaneScalar>.Halve(ref sums, 1 << log, factor, prime);
            }
        }

        return new ModularLane<RealLaneScalar, WordLaneScalar>(prime).ToResidue(RealLaneScalar.Load(ref sums, 0)).Value;
    }

    [MethodImpl(KernelLoop.Compilation)]
    private static void Halve(ref double sums, int half, double factor, double modulus)
    {
        var p = new ModularLane<TReal, TWord>(modulus);
        var x = TReal.Create(factor);
        for (nuint i = 0; i < (nuint)half; i += (nuint)TReal.Count)
        {
            TReal product = p.Multiply(TReal.Load(ref sums, i + (nuint)half), x); // below (1/2 + 12/7/8)*p
            TReal.Store(p.Reduce(TReal.Load(ref sums, i) + product), ref sums, i);
        }
    }

    /// <summary>Moves a residue of [0, p) to (-p/2, p/2], without a branch.</summary>
    private static double Center(ulong residue, ulong prime)
    {
        long aboveHalf = (long)((prime / 2) - residue) >> 63;
        return (long)residue - ((long)prime & aboveHalf);
    }
}
