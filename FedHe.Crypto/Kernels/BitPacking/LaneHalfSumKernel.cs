using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using FedHe.Crypto.Kernels.Lanes;

namespace FedHe.Crypto.Kernels.BitPacking;

/// <summary>The lane kernel of sums in 32 bits processes groups of eight or sixteen values, which fill whole bytes.</summary>
/// <remarks>The last groups, beyond which no load may reach, go through the specification.</remarks>
internal sealed class LaneHalfSumKernel<THalf> : HalfSumKernel
    where THalf : struct, IHalfLane<THalf>
{
    private readonly HalfSumSpecification _specification = new();

    [MethodImpl(KernelLoop.Compilation)]
    protected override void AccumulateCore(ReadOnlySpan<byte> source, int width, uint offset, Span<uint> sums)
    {
        HalfGroupLayout layout = HalfGroupLayouts<THalf>.OfWidth(width);
        int groups = layout.GroupsWithRoom(sums.Length, source.Length);
        ref byte bytes = ref MemoryMarshal.GetReference(source);
        ref uint result = ref MemoryMarshal.GetReference(sums);
        var mask = THalf.Create(uint.MaxValue >> (HalfPackingKernel.MaxWidth - width));
        var addend = THalf.Create(offset);
        for (int first = 0; first < layout.Count; first += THalf.Count)
        {
            HalfGroupLane<THalf> lane = layout.Lane<THalf>(first);
            for (int group = 0; group < groups; group++)
            {
                THalf value = (lane.Load(ref Unsafe.Add(ref bytes, group * layout.Length)) & mask) + addend;
                nuint index = (nuint)((group * layout.Count) + first);
                THalf.Store(THalf.Load(ref result, index) + value, ref result, index);
            }
        }

        _specification.Accumulate(source[(groups * layout.Length)..], width, offset, sums[(groups * layout.Count)..]);
    }

    [MethodImpl(KernelLoop.Compilation)]
    protected override bool TrySubtractCore(ReadOnlySpan<uint> values, uint least, uint largest, Span<uint> destination)
    {
        int whole = destination.Length & -THalf.Count;
        ref uint source = ref MemoryMarshal.GetReference(values);
        ref uint result = ref MemoryMarshal.GetReference(destination);
        var subtrahend = THalf.Create(least);
        var most = THalf.Create(largest);
        THalf outside = default;
        for (nuint i = 0; i < (nuint)whole; i += (nuint)THalf.Count)
        {
            // Below the least number the difference wraps around: it is in range, but the number is not the larger one.
            THalf value = THalf.Load(ref source, i);
            THalf difference = value - subtrahend;
            outside |= (THalf.Min(difference, most) ^ difference) | (THalf.Min(value, subtrahend) ^ subtrahend);
            THalf.Store(difference, ref result, i);
        }

        bool areInRange = THalf.Combine(outside) == 0;
        return _specification.TrySubtract(values[whole..], least, (ulong)largest + 1, destination[whole..]) & areInRange;
    }
}
