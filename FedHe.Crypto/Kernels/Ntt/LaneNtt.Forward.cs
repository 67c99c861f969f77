using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using FedHe.Crypto.Kernels.Lanes;

namespace FedHe.Crypto.Kernels.Ntt;

/// <content>Forward: Cooley-Tukey butterflies (x, y) -> (x + w*y, x - w*y), from the largest stride to the smallest.</content>
internal sealed partial class LaneNtt<TReal, TWord>
{
    protected override void ForwardCore(Span<ulong> values)
    {
        ref ulong words = ref MemoryMarshal.GetReference(values);
        ref double reals = ref Unsafe.As<ulong, double>(ref words);
        double bound;
        int groups;
        if (HasSingleStage)
        {
            ForwardFirstStage(ref words);
            bound = Grow(1);
            groups = 2;
        }
        else
        {
            ForwardFirstPair(ref words);
            bound = Grow(Grow(1));
            groups = 4;
        }

        for (; groups < Degree / BlockLength; groups *= 4)
        {
            bool reduce = Grow(Grow(bound)) > ModularLane<TReal, TWord>.MaxFactor;
            if (reduce)
            {
                ForwardReducingPair(ref reals, groups);
            }
            else
            {
                ForwardPair(ref reals, groups);
            }

            bound = Grow(reduce ? 0.5 + ModularLane<TReal, TWord>.ProductBound(bound) : Grow(bound));
        }

        ForwardBlocks(ref words);
    }

    /// <summary>Bounds the results of a stage, in units of p.</summary>
    /// <param name="bound">The bound of both inputs, in [0, 4].</param>
    private static double Grow(double bound) => bound + ModularLane<TReal, TWord>.ProductBound(bound);

    /// <summary>Computes the stage of largest stride.</summary>
    /// <param name="words">Residues in [0, p); doubles in [-1.625p, 1.625p] afterwards.</param>
    [MethodImpl(KernelLoop.Compilation)]
    private void ForwardFirstStage(ref ulong words)
    {
        var p = new ModularLane<TReal, TWord>(_modulus);
        ref double reals = ref Unsafe.As<ulong, double>(ref words);
        var root = TReal.Create(_roots.Span[1]);
        nuint half = (nuint)Degree / 2;
        for (nuint i = 0; i < half; i += (nuint)TReal.Count)
        {
            TReal low = ModularLane<TReal, TWord>.Load(ref words, i);
            TReal high = ModularLane<TReal, TWord>.Load(ref words, half + i);
            Butterfly(in p, ref low, ref high, root);
            TReal.Store(low, ref reals, i);
            TReal.Store(high, ref reals, half + i);
        }
    }

    /// <summary>Computes the two stages of largest stride.</summary>
    /// <param name="words">Residues in [0, p); doubles in [-2.33p, 2.33p] afterwards.</param>
    [MethodImpl(KernelLoop.Compilation)]
    private void ForwardFirstPair(ref ulong words)
        => ForwardPairCore(ref Unsafe.As<ulong, double>(ref words), groups: 1, fromWords: true, reduce: false);

    /// <summary>Computes two stages without a reduction.</summary>
    /// <param name="reals">Doubles in [-b*p, b*p]; in [-c*p, c*p] afterwards, with c = Grow(Grow(b)) at most 4.</param>
    /// <param name="groups">The number of groups of the first stage.</param>
    [MethodImpl(KernelLoop.Compilation)]
    private void ForwardPair(ref double reals, int groups)
        => ForwardPairCore(ref reals, groups, fromWords: false, reduce: false);

    /// <summary>Reduces the sides that no factor reduces, and computes two stages.</summary>
    /// <param name="reals">Doubles in [-4p, 4p]; in [-2.2p, 2.2p] afterwards.</param>
    /// <param name="groups">The number of groups of the first stage.</param>
    [MethodImpl(KernelLoop.Compilation)]
    private void ForwardReducingPair(ref double reals, int groups)
        => ForwardPairCore(ref reals, groups, fromWords: false, reduce: true);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void ForwardPairCore(ref double reals, int groups, bool fromWords, bool reduce)
    {
        var p = new ModularLane<TReal, TWord>(_modulus);
        ref double roots = ref _roots.First;
        nuint quarter = (nuint)(Degree / (4 * groups));
        for (nuint group = 0; group < (nuint)groups; group++)
        {
            var root = TReal.Create(Unsafe.Add(ref roots, (nuint)groups + group));
            var lowRoot = TReal.Create(Unsafe.Add(ref roots, 2 * ((nuint)groups + group)));
            var highRoot = TReal.Create(Unsafe.Add(ref roots, (2 * ((nuint)groups + group)) + 1));
            ref double x = ref Unsafe.Add(ref reals, 4 * quarter * group);
            for (nuint i = 0; i < quarter; i += (nuint)TReal.Count)
            {
                TReal x0 = Load(ref x, i, fromWords);
                TReal x1 = Load(ref x, quarter + i, fromWords);
                TReal x2 = Load(ref x, (2 * quarter) + i, fromWords);
                TReal x3 = Load(ref x, (3 * quarter) + i, fromWords);
                if (reduce)
                {
                    x0 = p.Reduce(x0);
                    x1 = p.Reduce(x1);
                }

                Butterfly(in p, ref x0, ref x2, root);
                Butterfly(in p, ref x1, ref x3, root);
                Butterfly(in p, ref x0, ref x1, lowRoot);
                Butterfly(in p, ref x2, ref x3, highRoot);
                TReal.Store(x0, ref x, i);
                TReal.Store(x1, ref x, quarter + i);
                TReal.Store(x2, ref x, (2 * quarter) + i);
                TReal.Store(x3, ref x, (3 * quarter) + i);
            }
        }
    }

    /// <summary>Computes the last stages, whose pairs lie within blocks.</summary>
    /// <remarks>With one side reduced, bounds grow from 0.5 and 4 to 1.5, 2.2, 3.0 and 3.9.</remarks>
    /// <param name="words">Doubles in [-4p, 4p]; residues in [0, p) afterwards.</param>
    [MethodImpl(KernelLoop.Compilation)]
    private void ForwardBlocks(ref ulong words)
    {
        var p = new ModularLane<TReal, TWord>(_modulus);
        ref double reals = ref Unsafe.As<ulong, double>(ref words);
        ref double roots = ref _blockRoots.First;
        nuint count = (nuint)TReal.Count;
        for (nuint start = 0; start < (nuint)Degree; start += 4 * count)
        {
            TReal low0 = p.Reduce(TReal.Load(ref reals, start));
            TReal high0 = TReal.Load(ref reals, start + count);
            TReal low1 = p.Reduce(TReal.Load(ref reals, start + (2 * count)));
            TReal high1 = TReal.Load(ref reals, start + (3 * count));
            ref double root = ref Unsafe.Add(ref roots, start);
            ForwardBlockStage(in p, ref low0, ref high0, ref low1, ref high1, ref root, groups: 1);
            ForwardBlockStage(in p, ref low0, ref high0, ref low1, ref high1, ref root, groups: 2);
            ForwardBlockStage(in p, ref low0, ref high0, ref low1, ref high1, ref root, groups: 4);
            ForwardBlockStage(in p, ref low0, ref high0, ref low1, ref high1, ref root, groups: 8);
            p.Store(p.Reduce(low0), ref words, start);
            p.Store(p.Reduce(high0), ref words, start + count);
            p.Store(p.Reduce(low1), ref words, start + (2 * count));
            p.Store(p.Reduce(high1), ref words, start + (3 * count));
        }
    }

    /// <summary>Computes one stage of two blocks, or nothing where the stage lies outside blocks.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void ForwardBlockStage(
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
            Butterfly(in p, ref low0, ref high0, TReal.LoadRepeated(ref root, (nuint)groups, groups));
            Butterfly(in p, ref low1, ref high1, TReal.LoadRepeated(ref root, (nuint)(BlockLength + groups), groups));
            Zip(ref low0, ref high0);
            Zip(ref low1, ref high1);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TReal Load(ref double source, nuint index, bool fromWords) => fromWords
        ? ModularLane<TReal, TWord>.Load(ref Unsafe.As<double, ulong>(ref source), index)
        : TReal.Load(ref source, index);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Butterfly(in ModularLane<TReal, TWord> p, ref TReal low, ref TReal high, TReal root)
    {
        p.AssertWithin(high, ModularLane<TReal, TWord>.MaxFactor);
        TReal product = p.Multiply(high, root); // w*y
        high = low - product; // x - w*y
        low += product; // x + w*y
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Zip(ref TReal low, ref TReal high)
    {
        TReal first = low;
        low = TReal.ZipLow(first, high);
        high = TReal.ZipHigh(first, high);
    }
}
