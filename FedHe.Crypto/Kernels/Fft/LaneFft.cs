using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using FedHe.Crypto.Kernels.Lanes;
using FedHe.Crypto.Kernels.Ntt;

namespace FedHe.Crypto.Kernels.Fft;

/// <summary>The lane kernel of the Fourier transform computes a register of numbers at a time.</summary>
/// <remarks>
/// The first stages, whose pairs lie within a register, run on blocks of two registers that are unzipped between stages (see
/// <see cref="LaneNtt{TReal, TWord}"/>); the others are fused two by two.
/// </remarks>
internal sealed class LaneFft<TReal, TWord>(int length) : ComplexFft(length)
    where TReal : struct, IRealLane<TReal, TWord>
    where TWord : struct, IWordLane<TWord>
{
    private static int BlockLength => 2 * TReal.Count;

    protected override void Butterflies(Span<double> real, Span<double> imaginary, ReadOnlySpan<double> sines)
    {
        ref double re = ref MemoryMarshal.GetReference(real);
        ref double im = ref MemoryMarshal.GetReference(imaginary);
        ref double sine = ref MemoryMarshal.GetReference(sines);
        Blocks(ref re, ref im, ref sine);
        int half = BlockLength;
        if ((BitOperations.Log2((uint)(Length / BlockLength)) & 1) != 0)
        {
            Stage(ref re, ref im, ref sine, half);
            half *= 2;
        }

        for (; half < Length; half *= 4)
        {
            StagePair(ref re, ref im, ref sine, half);
        }
    }

    [MethodImpl(KernelLoop.Compilation)]
    protected override void RotateCore(
        Span<double> real, Span<double> imaginary, ReadOnlySpan<double> cosines, ReadOnlySpan<double> sines)
    {
        ref double re = ref MemoryMarshal.GetReference(real);
        ref double im = ref MemoryMarshal.GetReference(imaginary);
        ref double cosine = ref MemoryMarshal.GetReference(cosines);
        ref double sine = ref MemoryMarshal.GetReference(sines);
        for (nuint i = 0; i < (nuint)Length; i += (nuint)TReal.Count)
        {
            ComplexLane<TReal, TWord> turned = ComplexLane<TReal, TWord>.Load(ref re, ref im, i)
                * ComplexLane<TReal, TWord>.Load(ref cosine, ref sine, i);
            turned.Store(ref re, ref im, i);
        }
    }

    /// <summary>Computes the stages whose butterflies lie inside blocks.</summary>
    /// <remarks>The angle of a stage with span h follows from the top bits of the position.</remarks>
    [MethodImpl(KernelLoop.Compilation)]
    private void Blocks(ref double re, ref double im, ref double sines)
    {
        int stages = BitOperations.Log2((uint)BlockLength);
        Span<double> cosineTable = stackalloc double[stages * TReal.Count];
        Span<double> sineTable = stackalloc double[stages * TReal.Count];
        for (int stage = 0; stage < stages; stage++)
        {
            for (int lane = 0; lane < TReal.Count; lane++)
            {
                int index = (1 << stage) + (lane >> (stages - 1 - stage));
                cosineTable[(stage * TReal.Count) + lane] = Cosines[index];
                sineTable[(stage * TReal.Count) + lane] = Unsafe.Add(ref sines, index);
            }
        }

        ref double cosine = ref MemoryMarshal.GetReference(cosineTable);
        ref double sine = ref MemoryMarshal.GetReference(sineTable);
        nuint count = (nuint)TReal.Count;
        for (nuint start = 0; start < (nuint)Length; start += 2 * count)
        {
            var low = ComplexLane<TReal, TWord>.Load(ref re, ref im, start);
            var high = ComplexLane<TReal, TWord>.Load(ref re, ref im, start + count);
            for (nuint stage = 0; stage < (nuint)stages; stage++)
            {
                ComplexLane<TReal, TWord>.Unzip(ref low, ref high);
                Butterfly(ref low, ref high, ComplexLane<TReal, TWord>.Load(ref cosine, ref sine, stage * count));
            }

            low.Store(ref re, ref im, start);
            high.Store(ref re, ref im, start + count);
        }
    }

    [MethodImpl(KernelLoop.Compilation)]
    private void Stage(ref double re, ref double im, ref double sine, int half)
    {
        ref double cosine = ref MemoryMarshal.GetArrayDataReference(Cosines);
        nuint span = (nuint)half;
        for (nuint start = 0; start < (nuint)Length; start += 2 * span)
        {
            for (nuint i = 0; i < span; i += (nuint)TReal.Count)
            {
                var low = ComplexLane<TReal, TWord>.Load(ref re, ref im, start + i);
                var high = ComplexLane<TReal, TWord>.Load(ref re, ref im, start + span + i);
                Butterfly(ref low, ref high, ComplexLane<TReal, TWord>.Load(ref cosine, ref sine, span + i));
                low.Store(ref re, ref im, start + i);
                high.Store(ref re, ref im, start + span + i);
            }
        }
    }

    /// <summary>Computes the two stages of spans h and 2h.</summary>
    [MethodImpl(KernelLoop.Compilation)]
    private void StagePair(ref double re, ref double im, ref double sine, int half)
    {
        ref double cosine = ref MemoryMarshal.GetArrayDataReference(Cosines);
        nuint span = (nuint)half;
        for (nuint start = 0; start < (nuint)Length; start += 4 * span)
        {
            for (nuint i = start; i < start + span; i += (nuint)TReal.Count)
            {
                var x0 = ComplexLane<TReal, TWord>.Load(ref re, ref im, i);
                var x1 = ComplexLane<TReal, TWord>.Load(ref re, ref im, i + span);
                var x2 = ComplexLane<TReal, TWord>.Load(ref re, ref im, i + (2 * span));
                var x3 = ComplexLane<TReal, TWord>.Load(ref re, ref im, i + (3 * span));
                nuint angle = i - start;
                var first = ComplexLane<TReal, TWord>.Load(ref cosine, ref sine, span + angle);
                Butterfly(ref x0, ref x1, first);
                Butterfly(ref x2, ref x3, first);
                Butterfly(ref x0, ref x2, ComplexLane<TReal, TWord>.Load(ref cosine, ref sine, (2 * span) + angle));
                Butterfly(ref x1, ref x3, ComplexLane<TReal, TWord>.Load(ref cosine, ref sine, (3 * span) + angle));
                x0.Store(ref re, ref im, i);
                x1.Store(ref re, ref im, i + span);
                x2.Store(ref re, ref im, i + (2 * span));
                x3.Store(ref re, ref im, i + (3 * span));
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Butterfly(
        ref ComplexLane<TReal, TWord> low, ref ComplexLane<TReal, TWord> high, ComplexLane<TReal, TWord> root)
    {
        ComplexLane<TReal, TWord> product = high * root; // w*y
        high = low - product; // x - w*y
        low += product; // x + w*y
    }
}
