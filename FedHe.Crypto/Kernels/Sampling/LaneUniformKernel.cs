using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using FedHe.Crypto.Kernels.Lanes;

namespace FedHe.Crypto.Kernels.Sampling;

/// <summary>The lane kernel of seed expansion computes the public steps in lanes of two words or more.</summary>
internal sealed class LaneUniformKernel<TWord> : UniformKernel
    where TWord : struct, IWordLane<TWord>
{
    private readonly UniformSpecification _specification = new();

    [MethodImpl(KernelLoop.Compilation)]
    public override void WriteCounters(Span<ulong> words, ulong first, ulong label)
    {
        Span<ulong> pattern = stackalloc ulong[TWord.Count];
        _specification.WriteCounters(pattern, first, label);
        var counters = TWord.Load(ref MemoryMarshal.GetReference(pattern), 0);
        for (int i = 0; i < pattern.Length; i++)
        {
            pattern[i] = i % WordsPerBlock == 0 ? (ulong)(TWord.Count / WordsPerBlock) : 0;
        }

        var step = TWord.Load(ref MemoryMarshal.GetReference(pattern), 0);
        int whole = words.Length & -TWord.Count;
        ref ulong destination = ref MemoryMarshal.GetReference(words);
        for (nuint i = 0; i < (nuint)whole; i += (nuint)TWord.Count)
        {
            TWord.Store(counters, ref destination, i);
            counters += step;
        }

        _specification.WriteCounters(words[whole..], first + ((ulong)whole / WordsPerBlock), label);
    }

    [MethodImpl(KernelLoop.Compilation)]
    public override bool Mask(ReadOnlySpan<ulong> words, ulong mask, ulong modulus, Span<ulong> destination)
    {
        int whole = destination.Length & -TWord.Count;
        ref ulong source = ref MemoryMarshal.GetReference(words[..destination.Length]);
        ref ulong result = ref MemoryMarshal.GetReference(destination);
        var bits = TWord.Create(mask);
        var largest = TWord.Create(modulus - 1);
        TWord outside = default;
        for (nuint i = 0; i < (nuint)whole; i += (nuint)TWord.Count)
        {
            TWord word = TWord.Load(ref source, i) & bits;
            outside |= largest - word;
            TWord.Store(word, ref result, i);
        }

        bool areInRange = TWord.Combine(outside) >> 63 == 0;
        return _specification.Mask(words[whole..], mask, modulus, destination[whole..]) & areInRange;
    }

    [MethodImpl(KernelLoop.Compilation)]
    public override bool MaskAndAdd(
        ReadOnlySpan<ulong> words, ulong mask, ulong modulus, ReadOnlySpan<ulong> addend, Span<ulong> destination)
    {
        int whole = destination.Length & -TWord.Count;
        ref ulong source = ref MemoryMarshal.GetReference(words[..destination.Length]);
        ref ulong residues = ref MemoryMarshal.GetReference(addend[..destination.Length]);
        ref ulong result = ref MemoryMarshal.GetReference(destination);
        var bits = TWord.Create(mask);
        var largest = TWord.Create(modulus - 1);
        var p = TWord.Create(modulus);
        TWord outside = default;
        for (nuint i = 0; i < (nuint)whole; i += (nuint)TWord.Count)
        {
            TWord word = TWord.Load(ref source, i) & bits;
            outside |= largest - word;
            TWord.Store(TWord.AddWhereNegative(word + TWord.Load(ref residues, i) - p, p), ref result, i);
        }

        bool areInRange = TWord.Combine(outside) >> 63 == 0;
        return _specification.MaskAndAdd(words[whole..], mask, modulus, addend[whole..], destination[whole..]) & areInRange;
    }
}
