using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using FedHe.Crypto.Kernels.Lanes;
using FedHe.Crypto.Kernels.Modular;

namespace FedHe.Crypto.Kernels.Ntt;

/// <summary>
/// The half lane kernel of the number-theoretic transform computes on residues of 32 bits, and is generic over the lane type.
/// </summary>
/// <remarks>
/// <para>
/// Gentleman-Sande butterflies (x, y) -> (x + y, w*(x - y)) run from the smallest stride to the largest, as in
/// <see cref="LaneNtt{TReal, TWord}"/>: first in blocks of two registers that are unzipped before every stage, two blocks side
/// by side, then two stages at a time on whole registers.
/// </para>
/// Numbers are in the range of <see cref="ModularHalfLane{THalf, TRange}"/> before and after every butterfly.
/// </remarks>
internal sealed class LaneHalfNtt<THalf, TRange> : HalfNttKernel
    where THalf : struct, IHalfLane<THalf>
    where TRange : struct, IHalfRange
{
    private readonly uint _modulus;
    private readonly HalfFactorBuffer _roots;
    private readonly HalfFactorBuffer _blockRoots;
    private readonly HalfFactorBuffer _lastFactors;

    public LaneHalfNtt(NttRoots roots)
        : base(roots.Degree)
    {
        _modulus = (uint)roots.Modulus;
        _roots = Prepare(roots.InversePowers, roots.Modulus);
        _blockRoots = Prepare(InOrderOfUse(roots.InversePowers), roots.Modulus);
        ulong lastRoot = ModularArithmetic.Multiply(roots.InversePowers[1], roots.InverseDegree, roots.Modulus);
        _lastFactors = Prepare([roots.InverseDegree, lastRoot], roots.Modulus);
    }

    private static int BlockLength => 2 * THalf.Count;

    protected override void InverseOfProductCore(ReadOnlySpan<uint> left, HalfFactors right, Span<uint> destination)
    {
        ref uint halves = ref MemoryMarshal.GetReference(destination);
        InverseProductBlocks(
            ref MemoryMarshal.GetReference(left),
            ref MemoryMarshal.GetReference(right.Values),
            ref MemoryMarshal.GetReference(right.Quotients),
            ref halves);
        InverseBlocks(ref halves);
        int groups = Degree / (4 * BlockLength);
        for (; groups > 1; groups /= 4)
        {
            InversePair(ref halves, groups);
        }

        if (groups == 1)
        {
            InverseLastPair(ref halves);
        }
        else
        {
            InverseLastStage(ref halves);
        }
    }

    private static HalfFactorBuffer Prepare(ReadOnlySpan<ulong> factors, ulong modulus)
    {
        var buffer = new HalfFactorBuffer(factors.Length);
        buffer.Set(factors, modulus);
        return buffer;
    }

    /// <summary>Orders twiddles block by block: within a block, the twiddle of group g among G groups is at G + g.</summary>
    /// <remarks>One number follows the last, since odd positions are loaded at even ones.</remarks>
    private static ulong[] InOrderOfUse(ulong[] roots)
    {
        var ordered = new ulong[roots.Length + 1];
        int blocks = roots.Length / BlockLength;
        for (int block = 0; block < blocks; block++)
        {
            for (int groups = 1; groups < BlockLength; groups *= 2)
            {
                roots.AsSpan((blocks + block) * groups, groups).CopyTo(ordered.AsSpan((block * BlockLength) + groups));
            }
        }

        return ordered;
    }

    /// <summary>Computes a pointwise product and its first stages, whose pairs lie within blocks.</summary>
    /// <remarks>With the other such stages it would be more than the just-in-time compiler inlines into one method.</remarks>
    [MethodImpl(KernelLoop.Compilation)]
    private void InverseProductBlocks(ref uint left, ref uint factors, ref uint quotients, ref uint halves)
    {
        var p = new ModularHalfLane<THalf, TRange>(_modulus);
        ref uint roots = ref _blockRoots.FirstValue;
        ref uint rootQuotients = ref _blockRoots.FirstQuotient;
        nuint count = (nuint)THalf.Count;
        for (nuint start = 0; start < (nuint)Degree; start += 4 * count)
        {
            THalf low0 = Product(in p, ref left, ref factors, ref quotients, start);
            THalf high0 = Product(in p, ref left, ref factors, ref quotients, start + count);
            THalf low1 = Product(in p, ref left, ref factors, ref quotients, start + (2 * count));
            THalf high1 = Product(in p, ref left, ref factors, ref quotients, start + (3 * count));
            ref uint root = ref Unsafe.Add(ref roots, start);
            ref uint quotient = ref Unsafe.Add(ref rootQuotients, start);
            BlockStage(in p, ref low0, ref high0, ref low1, ref high1, ref root, ref quotient, groups: 16);
            BlockStage(in p, ref low0, ref high0, ref low1, ref high1, ref root, ref quotient, groups: 8);
            Store(ref halves, start, low0, high0, low1, high1);
        }
    }

    /// <summary>Computes the last stages whose pairs lie within blocks.</summary>
    [MethodImpl(KernelLoop.Compilation)]
    private void InverseBlocks(ref uint halves)
    {
        var p = new ModularHalfLane<THalf, TRange>(_modulus);
        ref uint roots = ref _blockRoots.FirstValue;
        ref uint rootQuotients = ref _blockRoots.FirstQuotient;
        nuint count = (nuint)THalf.Count;
        for (nuint start = 0; start < (nuint)Degree; start += 4 * count)
        {
            THalf low0 = THalf.Load(ref halves, start);
            THalf high0 = THalf.Load(ref halves, start + count);
            THalf low1 = THalf.Load(ref halves, start + (2 * count));
            THalf high1 = THalf.Load(ref halves, start + (3 * count));
            ref uint root = ref Unsafe.Add(ref roots, start);
            ref uint quotient = ref Unsafe.Add(ref rootQuotients, start);
            BlockStage(in p, ref low0, ref high0, ref low1, ref high1, ref root, ref quotient, groups: 4);
            BlockStage(in p, ref low0, ref high0, ref low1, ref high1, ref root, ref quotient, groups: 2);
            BlockStage(in p, ref low0, ref high0, ref low1, ref high1, ref root, ref quotient, groups: 1);
            Store(ref halves, start, low0, high0, low1, high1);
        }
    }

    /// <summary>Computes one stage of two blocks, or nothing where the stage lies outside blocks.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void BlockStage(
        in ModularHalfLane<THalf, TRange> p,
        ref THalf low0,
        ref THalf high0,
        ref THalf low1,
        ref THalf high1,
        ref uint root,
        ref uint quotient,
        int groups)
    {
        if (groups <= THalf.Count)
        {
            Unzip(ref low0, ref high0);
            Unzip(ref low1, ref high1);
            BlockButterfly(in p, ref low0, ref high0, ref root, ref quotient, (nuint)groups, groups);
            BlockButterfly(in p, ref low1, ref high1, ref root, ref quotient, (nuint)(BlockLength + groups), groups);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void BlockButterfly(
        in ModularHalfLane<THalf, TRange> p, ref THalf low, ref THalf high, ref uint root, ref uint quotient, nuint index, int groups)
    {
        THalf quotients = THalf.LoadRepeated(ref quotient, index, groups);
        THalf oddQuotients = groups == 1 ? quotients : THalf.LoadRepeated(ref quotient, index + 1, groups);
        Butterfly(in p, ref low, ref high, THalf.LoadRepeated(ref root, index, groups), quotients, oddQuotients);
    }

    /// <summary>Computes two stages of the inverse transform.</summary>
    /// <param name="halves">Residues.</param>
    /// <param name="groups">The number of groups of the second stage.</param>
    [MethodImpl(KernelLoop.Compilation)]
    private void InversePair(ref uint halves, int groups)
    {
        var p = new ModularHalfLane<THalf, TRange>(_modulus);
        nuint quarter = (nuint)(Degree / (4 * groups));
        for (nuint group = 0; group < (nuint)groups; group++)
        {
            nuint first = (nuint)groups + group;
            (THalf root, THalf quotient) = Factor(_roots, first);
            (THalf lowRoot, THalf lowQuotient) = Factor(_roots, 2 * first);
            (THalf highRoot, THalf highQuotient) = Factor(_roots, (2 * first) + 1);
            ref uint x = ref Unsafe.Add(ref halves, 4 * quarter * group);
            for (nuint i = 0; i < quarter; i += (nuint)THalf.Count)
            {
                THalf x0 = THalf.Load(ref x, i);
                THalf x1 = THalf.Load(ref x, quarter + i);
                THalf x2 = THalf.Load(ref x, (2 * quarter) + i);
                THalf x3 = THalf.Load(ref x, (3 * quarter) + i);
                Butterfly(in p, ref x0, ref x1, lowRoot, lowQuotient, lowQuotient);
                Butterfly(in p, ref x2, ref x3, highRoot, highQuotient, highQuotient);
                Butterfly(in p, ref x0, ref x2, root, quotient, quotient);
                Butterfly(in p, ref x1, ref x3, root, quotient, quotient);
                THalf.Store(x0, ref x, i);
                THalf.Store(x1, ref x, quarter + i);
                THalf.Store(x2, ref x, (2 * quarter) + i);
                THalf.Store(x3, ref x, (3 * quarter) + i);
            }
        }
    }

    /// <summary>Computes the two stages of largest stride, with the factor 1/N.</summary>
    [MethodImpl(KernelLoop.Compilation)]
    private void InverseLastPair(ref uint halves)
    {
        var p = new ModularHalfLane<THalf, TRange>(_modulus);
        (THalf scale, THalf scaleQuotient) = Factor(_lastFactors, 0);
        (THalf root, THalf quotient) = Factor(_lastFactors, 1);
        (THalf lowRoot, THalf lowQuotient) = Factor(_roots, 2);
        (THalf highRoot, THalf highQuotient) = Factor(_roots, 3);
        nuint quarter = (nuint)(Degree / 4);
        for (nuint i = 0; i < quarter; i += (nuint)THalf.Count)
        {
            THalf x0 = THalf.Load(ref halves, i);
            THalf x1 = THalf.Load(ref halves, quarter + i);
            THalf x2 = THalf.Load(ref halves, (2 * quarter) + i);
            THalf x3 = THalf.Load(ref halves, (3 * quarter) + i);
            Butterfly(in p, ref x0, ref x1, lowRoot, lowQuotient, lowQuotient);
            Butterfly(in p, ref x2, ref x3, highRoot, highQuotient, highQuotient);
            THalf.Store(Scaled(in p, x0 + x2, scale, scaleQuotient), ref halves, i);
            THalf.Store(Scaled(in p, x1 + x3, scale, scaleQuotient), ref halves, quarter + i);
            THalf.Store(Scaled(in p, p.Subtract(x0, x2), root, quotient), ref halves, (2 * quarter) + i);
            THalf.Store(Scaled(in p, p.Subtract(x1, x3), root, quotient), ref halves, (3 * quarter) + i);
        }
    }

    /// <summary>Computes the stage of largest stride, with the factor 1/N.</summary>
    [MethodImpl(KernelLoop.Compilation)]
    private void InverseLastStage(ref uint halves)
    {
        var p = new ModularHalfLane<THalf, TRange>(_modulus);
        (THalf scale, THalf scaleQuotient) = Factor(_lastFactors, 0);
        (THalf root, THalf quotient) = Factor(_lastFactors, 1);
        nuint half = (nuint)(Degree / 2);
        for (nuint i = 0; i < half; i += (nuint)THalf.Count)
        {
            THalf low = THalf.Load(ref halves, i);
            THalf high = THalf.Load(ref halves, half + i);
            THalf.Store(Scaled(in p, low + high, scale, scaleQuotient), ref halves, i);
            THalf.Store(Scaled(in p, p.Subtract(low, high), root, quotient), ref halves, half + i);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(ref uint halves, nuint start, THalf low0, THalf high0, THalf low1, THalf high1)
    {
        nuint count = (nuint)THalf.Count;
        THalf.Store(low0, ref halves, start);
        THalf.Store(high0, ref halves, start + count);
        THalf.Store(low1, ref halves, start + (2 * count));
        THalf.Store(high1, ref halves, start + (3 * count));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static THalf Product(
        in ModularHalfLane<THalf, TRange> p, ref uint left, ref uint factors, ref uint quotients, nuint index)
    {
        var quotient = THalf.Load(ref quotients, index);
        return p.Multiply(THalf.Load(ref left, index), THalf.Load(ref factors, index), quotient, THalf.OddToEven(quotient));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static THalf Scaled(in ModularHalfLane<THalf, TRange> p, THalf x, THalf factor, THalf quotient)
        => p.ToResidue(p.Multiply(x, factor, quotient, quotient));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static (THalf Factor, THalf Quotient) Factor(HalfFactorBuffer factors, nuint index)
        => (THalf.Create(Unsafe.Add(ref factors.FirstValue, index)), THalf.Create(Unsafe.Add(ref factors.FirstQuotient, index)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Butterfly(in ModularHalfLane<THalf, TRange> p, ref THalf low, ref THalf high, THalf root, THalf quotient, THalf oddQuotient)
    {
        THalf difference = p.Subtract(low, high); // x - y
        low = p.Add(low, high); // x + y
        high = p.Multiply(difference, root, quotient, oddQuotient); // w*(x - y)
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Unzip(ref THalf low, ref THalf high)
    {
        THalf first = low;
        low = THalf.UnzipEven(first, high);
        high = THalf.UnzipOdd(first, high);
    }
}
