using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using FedHe.Crypto.Kernels.Lanes;

namespace FedHe.MLBridge.Kernels;

/// <summary>
/// The lane selection kernel gathers and merges values with vector registers, one word of the set at a time.
/// </summary>
/// <remarks>
/// Registers are read and written whole. Value n comes from, or goes to, at most place n of the gathered values, so
/// there is always room for the rest of its register.
/// </remarks>
internal sealed class LaneSelectionKernel<TLane> : SelectionKernel
    where TLane : struct, ISelectionLane
{
    private readonly SelectionSpecification _specification = new();

    [MethodImpl(KernelLoop.Compilation)]
    public override int Gather(ReadOnlySpan<double> values, ReadOnlySpan<ulong> set, bool isMember, Span<double> destination)
    {
        int words = values.Length / BitsPerWord;
        ulong flip = isMember ? 0 : ulong.MaxValue;
        ref double source = ref MemoryMarshal.GetReference(values);
        ref double result = ref MemoryMarshal.GetReference(destination[..values.Length]);
        nuint next = 0;
        foreach (ulong word in set[..words])
        {
            ulong bits = word ^ flip;
            for (int i = 0; i < BitsPerWord; i += TLane.Count)
            {
                TLane.Compress(ref source, bits, ref Unsafe.Add(ref result, next));
                next += (nuint)BitOperations.PopCount(bits & ((1UL << TLane.Count) - 1));
                source = ref Unsafe.Add(ref source, TLane.Count);
                bits >>= TLane.Count;
            }
        }

        int whole = words * BitsPerWord;
        return (int)next + _specification.Gather(values[whole..], set[words..], isMember, destination[(int)next..]);
    }

    [MethodImpl(KernelLoop.Compilation)]
    public override void Merge(
        ReadOnlySpan<double> members, ReadOnlySpan<double> others, ReadOnlySpan<ulong> set, Span<double> destination)
    {
        int words = destination.Length / BitsPerWord;
        ref double first = ref MemoryMarshal.GetReference(members[..destination.Length]);
        ref double second = ref MemoryMarshal.GetReference(others[..destination.Length]);
        ref double result = ref MemoryMarshal.GetReference(destination);
        nuint member = 0;
        nuint place = 0;
        foreach (ulong word in set[..words])
        {
            ulong bits = word;
            for (int i = 0; i < BitsPerWord; i += TLane.Count)
            {
                TLane.Merge(
                    ref Unsafe.Add(ref first, member),
                    ref Unsafe.Add(ref second, place - member),
                    bits,
                    ref Unsafe.Add(ref result, place));
                member += (nuint)BitOperations.PopCount(bits & ((1UL << TLane.Count) - 1));
                place += (nuint)TLane.Count;
                bits >>= TLane.Count;
            }
        }

        _specification.Merge(members[(int)member..], others[(int)(place - member)..], set[words..], destination[(int)place..]);
    }
}
