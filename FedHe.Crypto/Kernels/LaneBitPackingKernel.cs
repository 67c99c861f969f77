using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using FedHe.Crypto.Kernels.Lanes;

namespace FedHe.Crypto.Kernels;

/// <summary>
/// Bit packing by groups of eight values, which begin and end at whole bytes. Unpacking brings the eight bytes of every
/// value into its lane, shifts by the lane's own count and masks. Packing stays scalar: its branches depend on the width
/// alone and are predicted.
/// </summary>
internal sealed class LaneBitPackingKernel<TWord> : BitPackingKernel
    where TWord : struct, IWordLane<TWord>
{
    private const int GroupLength = 8;

    private static readonly ByteGroupLayout[] Layouts =
        [.. Enumerable.Range(0, MaxWidth + 1).Select(width => new ByteGroupLayout(width, TWord.Count))];

    private readonly IntegerBitPackingKernel _specification = new();

    protected override void PackCore(ReadOnlySpan<ulong> values, int width, Span<byte> destination)
    {
        int groups = 2 * width <= MaxWidth ? values.Length / GroupLength : 0;
        PackPairs(values[..(groups * GroupLength)], width, ref MemoryMarshal.GetReference(destination));
        _specification.Pack(values[(groups * GroupLength)..], width, destination[(groups * width)..]);
    }

    protected override bool TryUnpackCore(ReadOnlySpan<byte> source, int width, ulong limit, Span<ulong> destination)
    {
        ByteGroupLayout layout = Layouts[width];
        int groups = GroupsWithRoom(destination.Length, width, source.Length, layout.LoadLength);
        ref byte bytes = ref MemoryMarshal.GetReference(source);
        ref ulong result = ref MemoryMarshal.GetReference(destination);
        var mask = TWord.Create((1UL << width) - 1);
        var largest = TWord.Create(limit - 1);
        TWord outside = default;
        for (int first = 0; first < GroupLength; first += TWord.Count)
        {
            ByteGroupLane<TWord> lane = layout.Lane<TWord>(first);
            for (int group = 0; group < groups; group++)
            {
                TWord value = lane.Load(ref Unsafe.Add(ref bytes, group * width)) & mask;
                outside |= largest - value;
                TWord.Store(value, ref result, (nuint)((group * GroupLength) + first));
            }
        }

        bool restInRange = _specification.TryUnpack(
            source[(groups * width)..], width, limit, destination[(groups * GroupLength)..]);
        return (TWord.Combine(outside) >> 63) == 0 && restInRange;
    }

    /// <summary>The specification's chain on pairs of values, which halves its length.</summary>
    private static void PackPairs(ReadOnlySpan<ulong> values, int width, ref byte destination)
    {
        ulong pending = 0;
        int pendingBits = 0;
        for (int i = 0; i + 1 < values.Length; i += 2)
        {
            ulong pair = values[i] | (values[i + 1] << width);
            pending |= pair << pendingBits;
            pendingBits += 2 * width;
            if (pendingBits >= 64)
            {
                Unsafe.WriteUnaligned(ref destination, pending);
                destination = ref Unsafe.Add(ref destination, sizeof(ulong));
                pendingBits -= 64;
                pending = pendingBits == 0 ? 0 : pair >> ((2 * width) - pendingBits);
            }
        }

        for (; pendingBits > 0; pendingBits -= 8)
        {
            destination = (byte)pending;
            destination = ref Unsafe.Add(ref destination, 1);
            pending >>= 8;
        }
    }

    /// <summary>How many groups can be read with loads that reach past their last byte.</summary>
    private static int GroupsWithRoom(int count, int width, int bytes, int load)
        => Math.Max(0, Math.Min(count / GroupLength, ((bytes - load) / width) - 1));
}
