using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using FedHe.Crypto.Kernels.Lanes;

namespace FedHe.Crypto.Kernels.Sampling;

/// <summary>
/// A flooding kernel samples wide integers 2^k*x + y, where x is the sum of four uniform integers about zero and y is uniform in
/// [0, 2^k), without a branch on a random bit.
/// </summary>
/// <remarks>
/// Four random words make a sample. Their upper bits are the summands of x; the bits below, word by word from the lowest, are y.
/// No floating-point number is involved, whose missing low bits would show in residues.
/// </remarks>
internal static class FloodingKernel
{
    /// <summary>The number of summands, and of random words of one sample.</summary>
    public const int Words = 4;

    /// <summary>Samples as many integers as the destinations hold.</summary>
    /// <param name="random">Words of eight random bytes: the first words of all samples, then the second ones, and so on.</param>
    /// <param name="highBits">The bits of a summand of x, 1 to 60.</param>
    /// <param name="lowBits">The number k of bits of y, at most <see cref="Words"/> times the bits that x leaves of a word.</param>
    /// <param name="high">Receives x, at most 2^(highBits+1) - 2 in magnitude.</param>
    /// <param name="low">Receives y.</param>
    [MethodImpl(KernelLoop.Compilation)]
    public static void Sample(ReadOnlySpan<byte> random, int highBits, int lowBits, Span<long> high, Span<ulong> low)
    {
        int count = high.Length;
        ReadOnlySpan<ulong> words = MemoryMarshal.Cast<byte, ulong>(random)[..(Words * count)];
        Span<ulong> sums = MemoryMarshal.Cast<long, ulong>(high);
        low = low[..count];
        int unusedBits = 64 - highBits;
        ulong center = Words / 2 * ((1UL << highBits) - 1);
        ulong unused = (1UL << unusedBits) - 1;
        ulong mask = (1UL << lowBits) - 1;
        sums.Fill(0 - center);
        low.Clear();
        for (int word = 0; word < Words; word++)
        {
            ReadOnlySpan<ulong> source = words.Slice(word * count, count);
            AddHigh(source, unusedBits, sums);
            if (word * unusedBits < lowBits)
            {
                AddLow(source, unused, word * unusedBits, mask, low);
            }
        }
    }

    private static void AddHigh(ReadOnlySpan<ulong> source, int shift, Span<ulong> sums)
    {
        int i = 0;
        for (; i <= source.Length - Vector<ulong>.Count; i += Vector<ulong>.Count)
        {
            (Vector.ShiftRightLogical(new Vector<ulong>(source[i..]), shift) + new Vector<ulong>(sums[i..])).CopyTo(sums[i..]);
        }

        for (; i < source.Length; i++)
        {
            sums[i] += source[i] >> shift;
        }
    }

    private static void AddLow(ReadOnlySpan<ulong> source, ulong unused, int shift, ulong mask, Span<ulong> low)
    {
        int i = 0;
        var unusedBits = new Vector<ulong>(unused);
        var maskBits = new Vector<ulong>(mask);
        for (; i <= source.Length - Vector<ulong>.Count; i += Vector<ulong>.Count)
        {
            Vector<ulong> part = Vector.ShiftLeft(new Vector<ulong>(source[i..]) & unusedBits, shift) & maskBits;
            (part | new Vector<ulong>(low[i..])).CopyTo(low[i..]);
        }

        for (; i < source.Length; i++)
        {
            low[i] |= ((source[i] & unused) << shift) & mask;
        }
    }
}
