using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using FedHe.Crypto.Kernels.Lanes;

namespace FedHe.Crypto.Kernels.BitPacking;

/// <summary>The lane kernel of packed sums processes groups of eight values, which begin and end at whole bytes.</summary>
/// <remarks>The last groups, beyond which no load may reach, go through the specification.</remarks>
internal sealed class LanePackedSumKernel<TWord> : PackedSumKernel
    where TWord : struct, IWordLane<TWord>
{
    private const int GroupLength = ByteGroupLayout.GroupLength;

    private readonly PackedSumSpecification _specification = new();

    [MethodImpl(KernelLoop.Compilation)]
    public override bool TrySubtract(ReadOnlySpan<ulong> values, ulong least, ulong limit, Span<ulong> destination)
    {
        int whole = destination.Length & -TWord.Count;
        ref ulong source = ref MemoryMarshal.GetReference(values[..destination.Length]);
        ref ulong result = ref MemoryMarshal.GetReference(destination);
        var subtrahend = TWord.Create(least);
        var largest = TWord.Create(limit - 1);
        TWord outside = default;
        for (nuint i = 0; i < (nuint)whole; i += (nuint)TWord.Count)
        {
            TWord difference = TWord.Load(ref source, i) - subtrahend;
            outside |= difference | (largest - difference);
            TWord.Store(difference, ref result, i);
        }

        bool areInRange = TWord.Combine(outside) >> 63 == 0;
        return _specification.TrySubtract(values[whole..destination.Length], least, limit, destination[whole..]) & areInRange;
    }

    [MethodImpl(KernelLoop.Compilation)]
    protected override void AccumulateCore(ReadOnlySpan<byte> source, int width, ulong offset, Span<ulong> sums)
    {
        ByteGroupLayout layout = ByteGroupLayouts<TWord>.OfWidth(width);
        int groups = layout.GroupsWithRoom(sums.Length, source.Length);
        ref byte bytes = ref MemoryMarshal.GetReference(source);
        ref ulong result = ref MemoryMarshal.GetReference(sums);
        var mask = TWord.Create((1UL << width) - 1);
        var addend = TWord.Create(offset);
        for (int first = 0; first < GroupLength; first += TWord.Count)
        {
            ByteGroupLane<TWord> lane = layout.Lane<TWord>(first);
            for (int group = 0; group < groups; group++)
            {
                TWord value = (lane.Load(ref Unsafe.Add(ref bytes, group * width)) & mask) + addend;
                nuint index = (nuint)((group * GroupLength) + first);
                TWord.Store(TWord.Load(ref result, index) + value, ref result, index);
            }
        }

        _specification.Accumulate(source[(groups * width)..], width, offset, sums[(groups * GroupLength)..]);
    }

    [MethodImpl(KernelLoop.Compilation)]
    protected override bool TryRestoreCore(
        ReadOnlySpan<byte> source, int width, ulong limit, int shift, ulong offset, Span<ulong> destination)
    {
        ByteGroupLayout layout = ByteGroupLayouts<TWord>.OfWidth(width);
        int groups = layout.GroupsWithRoom(destination.Length, source.Length);
        ref byte bytes = ref MemoryMarshal.GetReference(source);
        ref ulong result = ref MemoryMarshal.GetReference(destination);
        var mask = TWord.Create((1UL << width) - 1);
        var largest = TWord.Create(limit - 1);
        var addend = TWord.Create(offset);
        TWord outside = default;
        for (int first = 0; first < GroupLength; first += TWord.Count)
        {
            ByteGroupLane<TWord> lane = layout.Lane<TWord>(first);
            for (int group = 0; group < groups; group++)
            {
                TWord value = lane.Load(ref Unsafe.Add(ref bytes, group * width)) & mask;
                outside |= largest - value;
                TWord.Store(TWord.ShiftLeft(value, shift) + addend, ref result, (nuint)((group * GroupLength) + first));
            }
        }

        bool areInRange = TWord.Combine(outside) >> 63 == 0;
        return _specification.TryRestore(
            source[(groups * width)..], width, limit, shift, offset, destination[(groups * GroupLength)..]) & areInRange;
    }
}
