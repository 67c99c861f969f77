using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using FedHe.Crypto.Kernels.Lanes;

namespace FedHe.Crypto.Kernels.BitPacking;

/// <summary>The half lane kernel of bit packing processes groups of eight or sixteen values, which fill whole bytes.</summary>
/// <remarks>The last groups, beyond which no load and no store may reach, go through the specification.</remarks>
internal sealed class LaneHalfPackingKernel<THalf> : HalfPackingKernel
    where THalf : struct, IHalfLane<THalf>
{
    // A store of eight values may reach eight bytes past its group.
    private const int GroupLength = ByteGroupLayout.GroupLength;

    // A pair has no fewer bits than a byte, and fits eight bytes together with the bits before it.
    private const int MinPairWidth = 4;
    private const int MaxPairWidth = 30;
    private const int ValuesPerRegister = 16;

    private static readonly PackedRegisterLayout?[] PairLayouts = new PackedRegisterLayout?[MaxPairWidth + 1];

    private readonly HalfPackingSpecification _specification = new();

    [MethodImpl(KernelLoop.Compilation)]
    protected override void PackCore(ReadOnlySpan<uint> values, int width, int dropped, Span<byte> destination)
    {
        int packed = 0;
        if (width is >= MinPairWidth and <= MaxPairWidth)
        {
            packed = THalf.CanStorePacked
                ? PackRegisters(values, width, dropped, destination)
                : PackPairs(values, width, dropped, destination);
        }

        _specification.Pack(values[packed..], width, destination[(packed / GroupLength * width)..], dropped);
    }

    [MethodImpl(KernelLoop.Compilation)]
    protected override bool TryUnpackCore(ReadOnlySpan<byte> source, int width, uint largest, Span<uint> destination)
    {
        HalfGroupLayout layout = HalfGroupLayouts<THalf>.OfWidth(width);
        int groups = layout.GroupsWithRoom(destination.Length, source.Length);
        ref byte bytes = ref MemoryMarshal.GetReference(source);
        ref uint result = ref MemoryMarshal.GetReference(destination);
        var mask = THalf.Create(uint.MaxValue >> (MaxWidth - width));
        var most = THalf.Create(largest);
        THalf outside = default;
        for (int first = 0; first < layout.Count; first += THalf.Count)
        {
            HalfGroupLane<THalf> lane = layout.Lane<THalf>(first);
            for (int group = 0; group < groups; group++)
            {
                THalf value = lane.Load(ref Unsafe.Add(ref bytes, group * layout.Length)) & mask;
                outside |= THalf.Min(value, most) ^ value;
                THalf.Store(value, ref result, (nuint)((group * layout.Count) + first));
            }
        }

        bool areInRange = THalf.Combine(outside) == 0;
        return _specification.TryUnpack(
            source[(groups * layout.Length)..], width, (ulong)largest + 1, destination[(groups * layout.Count)..]) & areInRange;
    }

    [MethodImpl(KernelLoop.Compilation)]
    protected override bool AreInRangeCore(ReadOnlySpan<byte> source, int count, int width, uint largest)
    {
        // Of bytes in memory four ranges arrive sooner than one.
        const int Ranges = 4;
        HalfGroupLayout layout = HalfGroupLayouts<THalf>.OfWidth(width);
        nint quarter = layout.GroupsWithRoom(count, source.Length) / Ranges;
        nint groups = Ranges * quarter;
        nint step = quarter * layout.Length;
        ref byte bytes = ref MemoryMarshal.GetReference(source);
        var mask = THalf.Create(uint.MaxValue >> (MaxWidth - width));
        var most = THalf.Create(largest);
        THalf outside = default;
        for (int first = 0; first < layout.Count; first += THalf.Count)
        {
            HalfGroupLane<THalf> lane = layout.Lane<THalf>(first);
            for (nint next = 0; next < quarter; next++)
            {
                ref byte group = ref Unsafe.Add(ref bytes, next * layout.Length);
                for (int range = 0; range < Ranges; range++)
                {
                    THalf value = lane.Load(ref Unsafe.Add(ref group, range * step)) & mask;
                    outside |= THalf.Min(value, most) ^ value;
                }
            }
        }

        bool areInRange = THalf.Combine(outside) == 0;
        int done = (int)groups * layout.Count;
        return _specification.AreInRange(
            source[((int)groups * layout.Length)..], count - done, width, (ulong)largest + 1) & areInRange;
    }

    /// <summary>Packs registers of sixteen values, and returns the number of values that were packed.</summary>
    [MethodImpl(KernelLoop.Compilation)]
    private static int PackRegisters(ReadOnlySpan<uint> values, int width, int dropped, Span<byte> destination)
    {
        int length = ValuesPerRegister * width / 8;
        int groups = destination.Length < PackedRegisterLayout.RegisterLength
            ? 0
            : Math.Min(values.Length / ValuesPerRegister, ((destination.Length - PackedRegisterLayout.RegisterLength) / length) + 1);
        PackedRegisterLayout layout = PairLayouts[width] ??= new PackedRegisterLayout(2 * width);
        var shifts = THalf.Load(ref Unsafe.As<ulong, uint>(ref MemoryMarshal.GetArrayDataReference(layout.Shifts)), 0);
        var evenBytes = THalf.Load(ref Unsafe.As<ulong, uint>(ref MemoryMarshal.GetArrayDataReference(layout.EvenBytes)), 0);
        var oddBytes = THalf.Load(ref Unsafe.As<ulong, uint>(ref MemoryMarshal.GetArrayDataReference(layout.OddBytes)), 0);
        ref uint source = ref MemoryMarshal.GetReference(values);
        ref byte result = ref MemoryMarshal.GetReference(destination);
        for (int group = 0; group < groups; group++)
        {
            THalf value = THalf.ShiftRight(THalf.Load(ref source, (nuint)(group * ValuesPerRegister)), dropped);
            THalf.StorePacked(value, width, shifts, evenBytes, oddBytes, ref Unsafe.Add(ref result, group * length));
        }

        return groups * ValuesPerRegister;
    }

    /// <summary>Packs groups of eight values, pair by pair, and returns the number of values that were packed.</summary>
    /// <remarks>
    /// A pair begins at a whole byte or in the middle of one. A store repeats the bits of the previous pair that share its first
    /// byte, so that no store depends on the bytes in memory.
    /// </remarks>
    [MethodImpl(KernelLoop.Compilation)]
    private static int PackPairs(ReadOnlySpan<uint> values, int width, int dropped, Span<byte> destination)
    {
        int groups = Math.Max(0, Math.Min(values.Length / GroupLength, (destination.Length - sizeof(ulong)) / width));
        int pairWidth = 2 * width;
        (int offset1, int shift1) = Math.DivRem(pairWidth, 8);
        (int offset2, int shift2) = Math.DivRem(2 * pairWidth, 8);
        (int offset3, int shift3) = Math.DivRem(3 * pairWidth, 8);
        ref uint source = ref MemoryMarshal.GetReference(values);
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
    private static ulong Pair(ref uint source, int index, int width, int dropped)
        => (Unsafe.Add(ref source, index) >> dropped) | ((ulong)(Unsafe.Add(ref source, index + 1) >> dropped) << width);
}
