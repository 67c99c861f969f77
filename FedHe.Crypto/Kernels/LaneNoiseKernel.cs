using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using FedHe.Crypto.Kernels.Lanes;

namespace FedHe.Crypto.Kernels;

/// <summary>
/// Noise sampling in lanes. Flipping the second half of the coins makes heads minus tails one count of set bits:
/// popcount(x) - popcount(y) = popcount(x) + popcount(~y) - 21.
/// </summary>
internal sealed class LaneNoiseKernel<TWord> : NoiseKernel
    where TWord : struct, IWordLane<TWord>
{
    private const int GroupLength = 8;

    private static readonly ByteGroupLayout BinomialLayout = new(8 * BinomialBytes, TWord.Count);

    private readonly IntegerNoiseKernel _specification = new();

    protected override void CentredBinomialCore(ReadOnlySpan<byte> random, Span<sbyte> destination)
    {
        const int GroupBytes = GroupLength * BinomialBytes;
        int groups = Math.Max(0, ((random.Length - BinomialLayout.LoadLength) / GroupBytes) - 1);
        ref byte bytes = ref MemoryMarshal.GetReference(random);
        ref sbyte samples = ref MemoryMarshal.GetReference(destination);
        var flipped = TWord.Create(HalfMask << BinomialMax);
        var used = TWord.Create((HalfMask << BinomialMax) | HalfMask);
        var offset = TWord.Create(BinomialMax);
        for (int first = 0; first < GroupLength; first += TWord.Count)
        {
            ByteGroupLane<TWord> lane = BinomialLayout.Lane<TWord>(first);
            for (int group = 0; group < groups; group++)
            {
                TWord coins = (lane.Load(ref Unsafe.Add(ref bytes, group * GroupBytes)) ^ flipped) & used;
                TWord.StoreLowBytes(CountBits(coins) - offset, ref samples, (nuint)((group * GroupLength) + first));
            }
        }

        int done = groups * GroupLength;
        _specification.CentredBinomial(random[(done * BinomialBytes)..], destination[done..]);
    }

    /// <summary>floor(3*r/2^64) - 1, from the upper and lower 32 bits of r.</summary>
    protected override void TernaryCore(ReadOnlySpan<byte> random, Span<sbyte> destination)
    {
        int whole = destination.Length & -TWord.Count;
        ref ulong words = ref Unsafe.As<byte, ulong>(ref MemoryMarshal.GetReference(random));
        ref sbyte samples = ref MemoryMarshal.GetReference(destination);
        var lowHalf = TWord.Create(uint.MaxValue);
        var one = TWord.Create(1);
        for (nuint i = 0; i < (nuint)whole; i += (nuint)TWord.Count)
        {
            TWord word = TWord.Load(ref words, i);
            TWord low = word & lowHalf;
            TWord high = TWord.ShiftRight(word, 32);
            TWord carried = high + high + high + TWord.ShiftRight(low + low + low, 32);
            TWord.StoreLowBytes(TWord.ShiftRight(carried, 32) - one, ref samples, i);
        }

        _specification.Ternary(random[(whole * TernaryBytes)..], destination[whole..]);
    }

    /// <summary>The number of set bits in every word: pairs, nibbles, bytes, then the sum of the bytes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TWord CountBits(TWord value)
    {
        var nibblePairs = TWord.Create(0x3333_3333_3333_3333);
        value -= TWord.ShiftRight(value, 1) & TWord.Create(0x5555_5555_5555_5555);
        value = (value & nibblePairs) + (TWord.ShiftRight(value, 2) & nibblePairs);
        value = (value + TWord.ShiftRight(value, 4)) & TWord.Create(0x0f0f_0f0f_0f0f_0f0f);
        value += TWord.ShiftRight(value, 8);
        value += TWord.ShiftRight(value, 16);
        return (value + TWord.ShiftRight(value, 32)) & TWord.Create(0x7f);
    }
}
