using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using FedHe.Crypto.Kernels.Memory;

namespace FedHe.Privacy.Kernels;

/// <summary>
/// The threshold kernel inverts distribution functions: it compares random numbers of 127 bits with every threshold of a table, so
/// that instructions, memory accesses and random words are the same whatever comes out.
/// </summary>
/// <remarks>
/// A random number consists of the upper 63 bits of its high word and, where they tie with a threshold, of the low word. Bit 0
/// of the high word is the sign. Vectors of 256 bits are two of 128 bits where the processor has no wider ones.
/// </remarks>
internal static class ThresholdKernel
{
    /// <summary>The upper 63 bits of a threshold, and its lower 64 bits less 2^63, since comparisons are signed.</summary>
    public const int WordsPerThreshold = 2;

    private const int Vectors = 3;

    private static int Lanes => Vector256<long>.Count;

    /// <summary>Adds scale times the signed or unsigned count of the thresholds that a random number reaches.</summary>
    /// <param name="high">The high words.</param>
    /// <param name="low">The low words.</param>
    /// <param name="thresholds">The thresholds, two words each.</param>
    /// <param name="scale">The factor.</param>
    /// <param name="isSigned">Whether bit 0 of the high word is the count's sign.</param>
    /// <param name="sums">What is added to, one for each random number.</param>
    public static void Accumulate(
        ReadOnlySpan<ulong> high, ReadOnlySpan<ulong> low, ReadOnlySpan<long> thresholds, long scale, bool isSigned, Span<long> sums)
    {
        ReadOnlySpan<long> numbers = MemoryMarshal.Cast<ulong, long>(high);
        ReadOnlySpan<long> ties = MemoryMarshal.Cast<ulong, long>(low);
        int step = Vectors * Lanes;
        int i = 0;
        for (; i + step <= sums.Length; i += step)
        {
            Three(numbers.Slice(i, step), ties.Slice(i, step), thresholds, scale, isSigned ? 1 : 0, sums.Slice(i, step));
        }

        if (i < sums.Length)
        {
            Rest(numbers[i..], ties[i..], thresholds, scale, isSigned ? 1 : 0, sums[i..]);
        }
    }

    // The last numbers are padded, since single ones would be compared by branches.
    private static void Rest(
        ReadOnlySpan<long> numbers, ReadOnlySpan<long> ties, ReadOnlySpan<long> thresholds, long scale, long signMask, Span<long> sums)
    {
        int step = Vectors * Lanes;
        Span<long> padded = stackalloc long[3 * step];
        padded.Clear();
        numbers.CopyTo(padded);
        ties.CopyTo(padded[step..]);
        sums.CopyTo(padded[(2 * step)..]);
        Three(padded[..step], padded.Slice(step, step), thresholds, scale, signMask, padded[(2 * step)..]);
        padded.Slice(2 * step, sums.Length).CopyTo(sums);
        SecretMemory.Zero(padded);
    }

    // Three vectors at once share the loads of a threshold and hide the latency of the comparisons.
    private static void Three(
        ReadOnlySpan<long> numbers, ReadOnlySpan<long> ties, ReadOnlySpan<long> thresholds, long scale, long signMask, Span<long> sums)
    {
        Vector256<long> word0 = Vector256.Create(numbers);
        Vector256<long> word1 = Vector256.Create(numbers[Lanes..]);
        Vector256<long> word2 = Vector256.Create(numbers[(2 * Lanes)..]);
        Vector256<long> high0 = word0 >>> 1;
        Vector256<long> high1 = word1 >>> 1;
        Vector256<long> high2 = word2 >>> 1;
        Vector256<long> low0 = Vector256.Create(ties);
        Vector256<long> low1 = Vector256.Create(ties[Lanes..]);
        Vector256<long> low2 = Vector256.Create(ties[(2 * Lanes)..]);
        Vector256<long> below0 = Vector256<long>.Zero;
        Vector256<long> below1 = Vector256<long>.Zero;
        Vector256<long> below2 = Vector256<long>.Zero;
        for (int j = 0; j + 1 < thresholds.Length; j += WordsPerThreshold)
        {
            Vector256<long> high = Vector256.Create(thresholds[j]);
            Vector256<long> low = Vector256.Create(thresholds[j + 1]);
            below0 += Below(high0, low0, high, low);
            below1 += Below(high1, low1, high, low);
            below2 += Below(high2, low2, high, low);
        }

        Add(below0, word0, thresholds.Length / WordsPerThreshold, scale, signMask, sums);
        Add(below1, word1, thresholds.Length / WordsPerThreshold, scale, signMask, sums[Lanes..]);
        Add(below2, word2, thresholds.Length / WordsPerThreshold, scale, signMask, sums[(2 * Lanes)..]);
    }

    /// <summary>Returns -1 where a number is below the threshold, and 0 elsewhere.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<long> Below(Vector256<long> number, Vector256<long> tie, Vector256<long> high, Vector256<long> low)
        => Vector256.GreaterThan(high, number) | (Vector256.Equals(high, number) & Vector256.GreaterThan(low, tie));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Add(Vector256<long> below, Vector256<long> word, long thresholds, long scale, long signMask, Span<long> sums)
    {
        Vector256<long> sign = word & Vector256.Create(signMask);
        Vector256<long> count = Vector256.Create(thresholds) + below;
        Vector256<long> signed = (count ^ -sign) + sign;
        (Vector256.Create<long>(sums) + (signed * scale)).CopyTo(sums);
    }
}
