using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using FedHe.Crypto.Kernels.Lanes;

namespace FedHe.Crypto.Kernels.BitPacking;

/// <summary>The lane kernel of bit packing processes groups of eight values, which begin and end at whole bytes.</summary>
/// <remarks>
/// Unpacking brings the eight bytes of every value into its lane, shifts by the lane's own count and masks. Where bytes cannot be
/// chosen from a whole register, packing stays scalar: for the widths of most uploads a group of values takes a few independent
/// shifts and stores, whose positions depend on the width alone.
/// </remarks>
internal sealed class LaneBitPackingKernel<TWord> : BitPackingKernel
    where TWord : struct, IWordLane<TWord>
{
    private const int GroupLength = ByteGroupLayout.GroupLength;

    // A pair of values has more bits than a byte may hold of the pair before it, and fits eight bytes together with them.
    private const int MinPairWidth = 4;
    private const int MaxPairWidth = 30;

    private static readonly PackedRegisterLayout?[] RegisterLayouts = new PackedRegisterLayout?[MaxWidth + 1];

    private readonly BitPackingSpecification _specification = new();

    [MethodImpl(KernelLoop.Compilation)]
    protected override void PackCore(ReadOnlySpan<ulong> values, int width, int dropped, Span<byte> destination)
    {
        int packed = 0;
        if (TWord.CanStorePacked && width >= PackedRegisterLayout.MinWidth)
        {
            packed = PackRegisters(values, width, dropped, destination);
        }
        else if (width is >= MinPairWidth and <= MaxPairWidth)
        {
            packed = PackPairs(values, width, dropped, destination);
        }

        _specification.Pack(values[packed..], width, destination[(packed / GroupLength * width)..], dropped);
    }

    [MethodImpl(KernelLoop.Compilation)]
    protected override bool TryUnpackCore(
        ReadOnlySpan<byte> source, int width, int dropped, ulong modulus, Span<ulong> destination)
    {
        ByteGroupLayout layout = ByteGroupLayouts<TWord>.OfWidth(width);
        int groups = layout.GroupsWithRoom(destination.Length, source.Length);
        ref byte bytes = ref MemoryMarshal.GetReference(source);
        ref ulong result = ref MemoryMarshal.GetReference(destination);
        var mask = TWord.Create((1UL << width) - 1);
        var largest = TWord.Create((modulus - 1) >> dropped);
        var last = TWord.Create(modulus - 1);
        var middle = TWord.Create(MiddleOf(dropped));
        TWord outside = default;
        for (int first = 0; first < GroupLength; first += TWord.Count)
        {
            ByteGroupLane<TWord> lane = layout.Lane<TWord>(first);
            for (int group = 0; group < groups; group++)
            {
                TWord value = lane.Load(ref Unsafe.Add(ref bytes, group * width)) & mask;
                outside |= largest - value;

                // Above the last residue the distance to it is negative, and is added.
                TWord restored = TWord.ShiftLeft(value, dropped) + middle;
                TWord room = last - restored;
                restored = last - TWord.AddWhereNegative(room, TWord.Create(0) - room);
                TWord.Store(restored, ref result, (nuint)((group * GroupLength) + first));
            }
        }

        bool areInRange = TWord.Combine(outside) >> 63 == 0;
        return _specification.TryUnpack(
            source[(groups * width)..], width, modulus, destination[(groups * GroupLength)..], dropped) & areInRange;
    }

    [MethodImpl(KernelLoop.Compilation)]
    protected override bool AreInRangeCore(ReadOnlySpan<byte> source, int count, int width, ulong largest)
    {
        // Of bytes in memory four ranges arrive sooner than one.
        const int Ranges = 4;
        ByteGroupLayout layout = ByteGroupLayouts<TWord>.OfWidth(width);
        int quarter = layout.GroupsWithRoom(count, source.Length) / Ranges;
        int groups = Ranges * quarter;
        ref byte bytes = ref MemoryMarshal.GetReference(source);
        var mask = TWord.Create((1UL << width) - 1);
        var most = TWord.Create(largest);
        TWord outside = default;
        for (int first = 0; first < GroupLength; first += TWord.Count)
        {
            ByteGroupLane<TWord> lane = layout.Lane<TWord>(first);
            for (int next = 0; next < quarter; next++)
            {
                for (int group = next; group < groups; group += quarter)
                {
                    outside |= most - (lane.Load(ref Unsafe.Add(ref bytes, (nint)group * width)) & mask);
                }
            }
        }

        bool areInRange = TWord.Combine(outside) >> 63 == 0;
        return _specification.AreInRange(
            source[(groups * width)..], count - (groups * GroupLength), width, largest + 1) & areInRange;
    }

    /// <summary>Packs registers of eight values, and returns the number of values that were packed.</summary>
    [MethodImpl(KernelLoop.Compilation)]
    private static int PackRegisters(ReadOnlySpan<ulong> values, int width, int dropped, Span<byte> destination)
    {
        // A store reaches a register far, whatever the width.
        int groups = destination.Length < PackedRegisterLayout.RegisterLength
            ? 0
            : Math.Min(values.Length / GroupLength, ((destination.Length - PackedRegisterLayout.RegisterLength) / width) + 1);
        PackedRegisterLayout layout = RegisterLayouts[width] ??= new PackedRegisterLayout(width);
        var shifts = TWord.Load(ref MemoryMarshal.GetArrayDataReference(layout.Shifts), 0);
        var evenBytes = TWord.Load(ref MemoryMarshal.GetArrayDataReference(layout.EvenBytes), 0);
        var oddBytes = TWord.Load(ref MemoryMarshal.GetArrayDataReference(layout.OddBytes), 0);
        ref ulong source = ref MemoryMarshal.GetReference(values);
        ref byte result = ref MemoryMarshal.GetReference(destination);
        for (int group = 0; group < groups; group++)
        {
            TWord value = TWord.ShiftRight(TWord.Load(ref source, (nuint)(group * GroupLength)), dropped);
            TWord.StorePacked(value, shifts, evenBytes, oddBytes, ref Unsafe.Add(ref result, group * width));
        }

        return groups * GroupLength;
    }

    /// <summary>Packs groups of eight values, pair by pair, and returns the number of values that were packed.</summary>
    /// <remarks>
    /// A pair begins at a whole byte or in the middle of one. A store repeats the bits of the previous pair that share its first
    /// byte, so that no store depends on the bytes in memory.
    /// </remarks>
    [MethodImpl(KernelLoop.Compilation)]
    private static int PackPairs(ReadOnlySpan<ulong> values, int width, int dropped, Span<byte> destination)
    {
        // A store may reach eight bytes past its group.
        int groups = Math.Max(0, Math.Min(values.Length / GroupLength, (destination.Length - sizeof(ulong)) / width));
        int pairWidth = 2 * width;
        (int offset1, int shift1) = Math.DivRem(pairWidth, 8);
        (int offset2, int shift2) = Math.DivRem(2 * pairWidth, 8);
        (int offset3, int shift3) = Math.DivRem(3 * pairWidth, 8);
        ref ulong source = ref MemoryMarshal.GetReference(values);
        ref byte result = ref MemoryMarshal.GetReference(destination);
        for (int group = 0; group < groups; group++)
        {
            ulong pair0 = Pair(ref source, 0, width, dropped);
            ulong pair1 = Pair(ref source, 2, width, dropped);
            ulong pair2 = Pair(ref source, 4, width, dropped);
            ulong pair3 = Pair(ref source, 6, width, dropped);
            Unsafe.WriteUnaligned(ref result, pair0);
            Unsafe.WriteUnaligned(ref Unsafe.Add(ref result, offset1), (pair1 << shift1) | (pair0 >> (pairWidth - shift1)));
            Unsafe.WriteUnaligned(ref Unsafe.Add(ref result, offset2), (pair2 << shift2) | (pair1 >> (pairWidth - shift2)));
            Unsafe.WriteUnaligned(ref Unsafe.Add(ref result, offset3), (pair3 << shift3) | (pair2 >> (pairWidth - shift3)));
            source = ref Unsafe.Add(ref source, GroupLength);
            result = ref Unsafe.Add(ref result, width);
        }

        return groups * GroupLength;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Pair(ref ulong source, int index, int width, int dropped)
        => (Unsafe.Add(ref source, index) >> dropped) | ((Unsafe.Add(ref source, index + 1) >> dropped) << width);
}
