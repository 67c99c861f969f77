using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using FedHe.Crypto.Kernels.Lanes;

namespace FedHe.Crypto.Kernels;

/// <summary>
/// Bit packing by groups of eight values, which begin and end at whole bytes. Unpacking brings the eight bytes of every
/// value into its lane, shifts by the lane's own count and masks. Packing is a chain of overlapping eight-byte stores
/// without a branch; chains of different groups overlap in the processor.
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
        int groups = GroupsWithRoom(values.Length, width, destination.Length, sizeof(ulong));
        ref ulong source = ref MemoryMarshal.GetReference(values);
        ref byte bytes = ref MemoryMarshal.GetReference(destination);
        for (int group = 0; group < groups; group++)
        {
            PackGroup(ref Unsafe.Add(ref source, group * GroupLength), width, ref Unsafe.Add(ref bytes, group * width));
        }

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
        for (int group = 0; group < groups; group++)
        {
            for (int first = 0; first < GroupLength; first += TWord.Count)
            {
                TWord value = layout.Load<TWord>(ref bytes, first) & mask;
                outside |= largest - value;
                TWord.Store(value, ref result, (nuint)((group * GroupLength) + first));
            }

            bytes = ref Unsafe.Add(ref bytes, width);
        }

        bool restInRange = _specification.TryUnpack(source[(groups * width)..], width, limit, destination[(groups * GroupLength)..]);
        return (TWord.Combine(outside) >> 63) == 0 && restInRange;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void PackGroup(ref ulong values, int width, ref byte destination)
    {
        ulong pending = 0;
        int bits = 0;
        for (int i = 0; i < GroupLength; i++)
        {
            pending |= Unsafe.Add(ref values, i) << bits;
            Unsafe.WriteUnaligned(ref destination, pending);
            bits += width;
            destination = ref Unsafe.Add(ref destination, bits >> 3);
            pending >>= bits & ~7;
            bits &= 7;
        }
    }

    /// <summary>How many groups can be read or written with accesses that reach past their last byte.</summary>
    private static int GroupsWithRoom(int count, int width, int bytes, int access)
        => Math.Max(0, Math.Min(count / GroupLength, ((bytes - access) / width) - 1));
}
