using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using FedHe.Crypto.Kernels.Lanes;

namespace FedHe.Crypto.Kernels.Hashing;

/// <summary>The lane kernel of universal hashing runs both passes over a register of words at a time.</summary>
internal sealed class LaneUniversalHashKernel<TWord> : UniversalHashKernel
    where TWord : struct, IWordLane<TWord>
{
    [MethodImpl(KernelLoop.Compilation)]
    protected override void Accumulate(ReadOnlySpan<ulong> words, ReadOnlySpan<ulong> key, Span<ulong> sums)
    {
        ref ulong message = ref MemoryMarshal.GetReference(words);
        ref ulong keys = ref MemoryMarshal.GetReference(key[..(words.Length + Lanes)]);
        ref ulong results = ref MemoryMarshal.GetReference(sums[..(Passes * Lanes)]);
        for (nuint lane = 0; lane < Lanes; lane += (nuint)TWord.Count)
        {
            var first = TWord.Load(ref results, lane);
            var second = TWord.Load(ref results, lane + Lanes);
            TWord current = TWord.Load(ref keys, lane);
            for (nuint i = lane; i < (nuint)words.Length; i += Lanes)
            {
                // The second pass uses here the part of the key that the first pass uses in the next step.
                TWord word = TWord.Load(ref message, i);
                TWord next = TWord.Load(ref keys, i + Lanes);
                first += ProductOfHalves(word + current);
                second += ProductOfHalves(word + next);
                current = next;
            }

            TWord.Store(first, ref results, lane);
            TWord.Store(second, ref results, lane + Lanes);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TWord ProductOfHalves(TWord word) => TWord.MultiplyLowHalves(word, TWord.ShiftRight(word, 32));
}
