using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using FedHe.Crypto.Kernels.Lanes;
using FedHe.Crypto.Kernels.Modular;

namespace FedHe.Crypto.Kernels.Ntt;

/// <content>
/// Inverse: Gentleman-Sande butterflies (x, y) -> (x + y, w*(x - y)), from the smallest stride to the largest. A sum
/// doubles the range, so that two stages take [-p, p] to [-4p, 4p]; sums are then reduced, and every pass starts in [-p, p].
/// </content>
internal sealed partial class LaneNtt<TReal, TWord>
{
    protected override void InverseCore(Span<ulong> values)
    {
        ref ulong words = ref MemoryMarshal.GetReference(values);
        InverseBlocks(ref words);
        InverseRest(ref words);
    }

    protected override void InverseOfProductCore(ReadOnlySpan<ulong> left, FixedFactors right, Span<ulong> destination)
    {
        ref ulong words = ref MemoryMarshal.GetReference(destination);
        InverseProductBlocks(ref MemoryMarshal.GetReference(left), ref MemoryMarshal.GetReference(right.Values), ref words);
        InverseRest(ref words);
    }

    /// <summary>Computes the stages that pair whole registers.</summary>
    /// <param name="words">Doubles in [-p, p]; residues in [0, p) afterwards.</param>
    private void InverseRest(ref ulong words)
    {
        ref double reals = ref Unsafe.As<ulong, double>(ref words);
        int groups = Degree / (4 * BlockLength);
        for (; groups > 1; groups /= 4)
        {
            InversePair(ref reals, groups);
        }

        if (groups == 1)
        {
            InverseLastPair(ref words);
        }
        else
        {
            InverseLastStage(ref words);
        }
    }

    /// <summary>Computes the first stages, whose pairs lie within blocks.</summary>
    /// <param name="words">Residues in [0, p); doubles in [-p, p] afterwards.</param>
    [MethodImpl(KernelLoop.Compilation)]
    private void InverseBlocks(ref ulong words) => InverseBlocksCore(ref words, ref words, isProduct: false, ref words);

    /// <summary>Computes the first stages of a pointwise product, which lies in [-3p/4, 3p/4].</summary>
    /// <param name="left">Residues in [0, p).</param>
    /// <param name="right">Residues in [0, p).</param>
    /// <param name="words">Receives doubles in [-p, p]; may be a factor.</param>
    [MethodImpl(KernelLoop.Compilation)]
    private void InverseProductBlocks(ref ulong left, ref ulong right, ref ulong words)
        => InverseBlocksCore(ref left, ref right, isProduct: true, ref words);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void InverseBlocksCore(ref ulong left, ref ulong right, bool isProduct, ref ulong words)
    {
        var p = new ModularLane<TReal, TWord>(_modulus);
        ref double reals = ref Unsafe.As<ulong, double>(ref words);
        ref double roots = ref _inverseBlockRoots.First;
        nuint count = (nuint)TReal.Count;
        for (nuint start = 0; start < (nuint)Degree; start += 4 * count)
        {
            TReal low0 = Load(in p, ref left, ref right, start, isProduct);
            TReal high0 = Load(in p, ref left, ref right, start + count, isProduct);
            TReal low1 = Load(in p, ref left, ref right, start + (2 * count), isProduct);
            TReal high1 = Load(in p, ref left, ref right, start + (3 * count), isProduct);
            ref double root = ref Unsafe.Add(ref roots, start);
            InverseBlockStage(in p, ref low0, ref high0, ref low1, ref high1, ref root, groups: 8);
            InverseBlockStage(in p, ref low0, ref high0, ref low1, ref high1, ref root, groups: 4);
            InverseBlockStage(in p, ref low0, ref high0, ref low1, ref high1, ref root, groups: 2);
            InverseBlockStage(in p, ref low0, ref high0, ref low1, ref high1, ref root, groups: 1);
            TReal.Store(low0, ref reals, start);
            TReal.Store(high0, ref reals, start + count);
            TReal.Store(low1, ref reals, start + (2 * count));
            TReal.Store(high1, ref reals, start + (3 * count));
        }
    }

    /// <summary>Computes one stage of two blocks, or nothing where the stage lies outside blocks.</summary>
    /// <remarks>Every second stage and the last one reduce the sums.</remarks>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void InverseBlockStage(
        in ModularLane<TReal, TWord> p,
        ref TReal low0,
        ref TReal high0,
        ref TReal low1,
        ref TReal high1,
        ref double root,
        int groups)
    {
        if (groups <= TReal.Count)
        {
            Unzip(ref low0, ref high0);
            Unzip(ref low1, ref high1);
            InverseButterfly(in p, ref low0, ref high0, TReal.LoadRepeated(ref root, (nuint)groups, groups));
            InverseButterfly(in p, ref low1, ref high1, TReal.LoadRepeated(ref root, (nuint)(BlockLength + groups), groups));
        }

        if (groups is 4 or 1 && groups <= TReal.Count)
        {
            low0 = p.Reduce(low0);
            low1 = p.Reduce(low1);
        }
    }

    /// <summary>Computes two stages of the inverse transform.</summary>
    /// <param name="reals">Doubles in [-p, p], before and afterwards.</param>
    /// <param name="groups">The number of groups of the second stage.</param>
    [MethodImpl(KernelLoop.Compilation)]
    private void InversePair(ref double reals, int groups)
    {
        var p = new ModularLane<TReal, TWord>(_modulus);
        ref double roots = ref _inverseRoots.First;
        nuint quarter = (nuint)(Degree / (4 * groups));
        for (nuint group = 0; group < (nuint)groups; group++)
        {
            var root = TReal.Create(Unsafe.Add(ref roots, (nuint)groups + group));
            var lowRoot = TReal.Create(Unsafe.Add(ref roots, 2 * ((nuint)groups + group)));
            var highRoot = TReal.Create(Unsafe.Add(ref roots, (2 * ((nuint)groups + group)) + 1));
            ref double x = ref Unsafe.Add(ref reals, 4 * quarter * group);
            for (nuint i = 0; i < quarter; i += (nuint)TReal.Count)
            {
                TReal x0 = TReal.Load(ref x, i);
                TReal x1 = TReal.Load(ref x, quarter + i);
                TReal x2 = TReal.Load(ref x, (2 * quarter) + i);
                TReal x3 = TReal.Load(ref x, (3 * quarter) + i);
                InverseButterfly(in p, ref x0, ref x1, lowRoot);
                InverseButterfly(in p, ref x2, ref x3, highRoot);
                InverseButterfly(in p, ref x0, ref x2, root);
                InverseButterfly(in p, ref x1, ref x3, root);
                TReal.Store(p.Reduce(x0), ref x, i);
                TReal.Store(p.Reduce(x1), ref x, quarter + i);
                TReal.Store(x2, ref x, (2 * quarter) + i);
                TReal.Store(x3, ref x, (3 * quarter) + i);
            }
        }
    }

    /// <summary>Computes the two stages of largest stride, with the factor 1/N.</summary>
    /// <param name="words">Doubles in [-p, p]; residues in [0, p) afterwards.</param>
    [MethodImpl(KernelLoop.Compilation)]
    private void InverseLastPair(ref ulong words)
    {
        var p = new ModularLane<TReal, TWord>(_modulus);
        ref double reals = ref Unsafe.As<ulong, double>(ref words);
        var scale = TReal.Create(_inverseDegree);
        var scaledRoot = TReal.Create(_lastInverseRoot);
        var lowRoot = TReal.Create(_inverseRoots.Span[2]);
        var highRoot = TReal.Create(_inverseRoots.Span[3]);
        nuint quarter = (nuint)(Degree / 4);
        for (nuint i = 0; i < quarter; i += (nuint)TReal.Count)
        {
            TReal x0 = TReal.Load(ref reals, i);
            TReal x1 = TReal.Load(ref reals, quarter + i);
            TReal x2 = TReal.Load(ref reals, (2 * quarter) + i);
            TReal x3 = TReal.Load(ref reals, (3 * quarter) + i);
            InverseButterfly(in p, ref x0, ref x1, lowRoot);
            InverseButterfly(in p, ref x2, ref x3, highRoot);
            InverseButterfly(in p, ref x0, ref x2, scaledRoot);
            InverseButterfly(in p, ref x1, ref x3, scaledRoot);
            p.Store(p.Multiply(x0, scale), ref words, i);
            p.Store(p.Multiply(x1, scale), ref words, quarter + i);
            p.Store(x2, ref words, (2 * quarter) + i);
            p.Store(x3, ref words, (3 * quarter) + i);
        }
    }

    /// <summary>Computes the stage of largest stride, with the factor 1/N.</summary>
    /// <param name="words">Doubles in [-p, p]; residues in [0, p) afterwards.</param>
    [MethodImpl(KernelLoop.Compilation)]
    private void InverseLastStage(ref ulong words)
    {
        var p = new ModularLane<TReal, TWord>(_modulus);
        ref double reals = ref Unsafe.As<ulong, double>(ref words);
        var scale = TReal.Create(_inverseDegree);
        var scaledRoot = TReal.Create(_lastInverseRoot);
        nuint half = (nuint)(Degree / 2);
        for (nuint i = 0; i < half; i += (nuint)TReal.Count)
        {
            TReal low = TReal.Load(ref reals, i);
            TReal high = TReal.Load(ref reals, half + i);
            InverseButterfly(in p, ref low, ref high, scaledRoot);
            p.Store(p.Multiply(low, scale), ref words, i);
            p.Store(high, ref words, half + i);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TReal Load(
        in ModularLane<TReal, TWord> p, ref ulong left, ref ulong right, nuint index, bool isProduct)
    {
        TReal value = ModularLane<TReal, TWord>.Load(ref left, index);
        return isProduct ? p.Multiply(value, ModularLane<TReal, TWord>.Load(ref right, index)) : value;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void InverseButterfly(in ModularLane<TReal, TWord> p, ref TReal low, ref TReal high, TReal root)
    {
        TReal difference = low - high; // x - y
        p.AssertWithin(difference, ModularLane<TReal, TWord>.MaxFactor);
        low += high; // x + y
        high = p.Multiply(difference, root); // w*(x - y)
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Unzip(ref TReal low, ref TReal high)
    {
        TReal first = low;
        low = TReal.UnzipEven(first, high);
        high = TReal.UnzipOdd(first, high);
    }
}
