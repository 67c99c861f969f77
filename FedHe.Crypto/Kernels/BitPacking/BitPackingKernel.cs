using System.Diagnostics;
using FedHe.Crypto.Kernels.Lanes;

namespace FedHe.Crypto.Kernels.BitPacking;

/// <summary>
/// Packs unsigned integers of a fixed width, lowest bit first, into bytes, and can leave out low bits on the way. Eight
/// values of w bits fill w bytes exactly, and every polynomial has a multiple of eight coefficients, so no padding is
/// needed. Every implementation agrees with <see cref="BitPackingSpecification"/>.
/// </summary>
internal abstract class BitPackingKernel
{
    /// <summary>The widest value.</summary>
    public const int MaxWidth = 56;

    /// <summary>The fastest implementation on this machine.</summary>
    public static BitPackingKernel Default { get; } = Create(LaneSupport.Best);

    public static BitPackingKernel Create(LaneWidth width) => width switch
    {
        LaneWidth.Vector512 => new LaneBitPackingKernel<WordLane512>(),
        LaneWidth.Vector256 => new LaneBitPackingKernel<WordLane256>(),
        LaneWidth.Vector128 => new LaneBitPackingKernel<WordLane128>(),
        LaneWidth.Scalar => new LaneBitPackingKernel<WordLaneScalar>(),
        _ => new BitPackingSpecification(),
    };

    public static int PackedLength(int count, int width) => checked((int)(((long)count * width) + 7) / 8);

    /// <summary>Packs floor(value / 2^dropped) of every value.</summary>
    /// <param name="values">Values below 2^(width + dropped); any count.</param>
    /// <param name="width">1 to 56 bits.</param>
    /// <param name="destination">Exactly <see cref="PackedLength"/> bytes.</param>
    /// <param name="dropped">Low bits to leave out.</param>
    public void Pack(ReadOnlySpan<ulong> values, int width, Span<byte> destination, int dropped = 0)
    {
        Debug.Assert(width is >= 1 and <= MaxWidth, "A value and the bits before it fit eight bytes.");
        Debug.Assert(destination.Length == PackedLength(values.Length, width), "No byte more or less.");
        PackCore(values, width, dropped, destination);
    }

    /// <summary>
    /// Unpacks residues of which low bits were left out, puts the middle of what those could be in their place, and tells
    /// whether every value is one that <see cref="Pack"/> makes of a residue.
    /// </summary>
    /// <param name="source">Exactly <see cref="PackedLength"/> bytes.</param>
    /// <param name="width">1 to 56 bits.</param>
    /// <param name="modulus">What every residue was below.</param>
    /// <param name="destination">Receives v*2^dropped + 2^(dropped-1), at most modulus-1; without dropped bits v itself.</param>
    /// <param name="dropped">Low bits that were left out; with them a residue has at most 62 bits.</param>
    /// <returns>Whether all values, and the bits after the last one, are in range; if not, the destination is meaningless.</returns>
    public bool TryUnpack(ReadOnlySpan<byte> source, int width, ulong modulus, Span<ulong> destination, int dropped = 0)
    {
        Debug.Assert(width is >= 1 and <= MaxWidth, "A value and the bits before it fit eight bytes.");
        Debug.Assert(width + dropped < 63, "Restored values are compared by their difference's sign.");
        Debug.Assert(source.Length == PackedLength(destination.Length, width), "No byte more or less.");
        return TryUnpackCore(source, width, dropped, modulus, destination);
    }

    protected abstract void PackCore(ReadOnlySpan<ulong> values, int width, int dropped, Span<byte> destination);

    protected abstract bool TryUnpackCore(
        ReadOnlySpan<byte> source, int width, int dropped, ulong modulus, Span<ulong> destination);

    /// <summary>The middle of what bits left out could be.</summary>
    protected static ulong MiddleOf(int dropped) => (1UL << dropped) >> 1;
}
