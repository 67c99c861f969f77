using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using FedHe.Crypto.Kernels.BitPacking;
using FedHe.Crypto.Kernels.Lanes;

namespace FedHe.Crypto.Kernels.Sampling;

/// <summary>The lane kernel of noise sampling takes 42 whole bytes for eight samples.</summary>
internal sealed class LaneNoiseKernel<TWord> : NoiseKernel
    where TWord : struct, IWordLane<TWord>
{
    private static readonly ByteGroupLayout Layout = new(BinomialBits, TWord.WordsPerLoad);

    private readonly NoiseSpecification _specification = new();

    [MethodImpl(KernelLoop.Compilation)]
    protected override void CenteredBinomialCore(ReadOnlySpan<byte> random, Span<sbyte> destination)
    {
        int groups = Layout.GroupsWithRoom(destination.Length, random.Length);
        ref byte bytes = ref MemoryMarshal.GetReference(random);
        ref sbyte samples = ref MemoryMarshal.GetReference(destination);
        var coins = TWord.Create(Coins);
        var oneSide = TWord.Create(OneSide);
        var mean = TWord.Create(BinomialMax);
        for (int first = 0; first < ByteGroupLayout.GroupLength; first += TWord.Count)
        {
            ByteGroupLane<TWord> lane = Layout.Lane<TWord>(first);
            for (int group = 0; group < groups; group++)
            {
                TWord tosses = (lane.Load(ref Unsafe.Add(ref bytes, group * BinomialBits)) ^ oneSide) & coins;
                nuint index = (nuint)((group * ByteGroupLayout.GroupLength) + first);
                TWord.StoreLowBytes(TWord.CountOnes(tosses) - mean, ref samples, index);
            }
        }

        _specification.CenteredBinomial(random[(groups * BinomialBits)..], destination[(groups * ByteGroupLayout.GroupLength)..]);
    }

    // floor(3*r/2^64) - 1, from the upper and lower 32 bits of r.
    [MethodImpl(KernelLoop.Compilation)]
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
            TWord carried = high + high + high + TWord.ShiftRight(low + low + low, 32); // floor(3*r/2^32)
            TWord.StoreLowBytes(TWord.ShiftRight(carried, 32) - one, ref samples, i); // floor(3*r/2^64) - 1
        }

        _specification.Ternary(random[(whole * TernaryBytes)..], destination[whole..]);
    }
}
