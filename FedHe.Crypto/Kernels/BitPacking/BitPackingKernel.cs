using System.Diagnostics;
using FedHe.Crypto.Kernels.Lanes;

namespace FedHe.Crypto.Kernels.BitPacking;

/// <summary>
/// A bit-packing kernel packs unsigned integers of a fixed width into bytes, lowest bit first, optionally without low bits.
/// </summary>
/// <remarks>
/// Eight values of w bits fill w bytes exactly, and every polynomial has a multiple of eight coefficients, so no padding is
/// needed. Every implementation agrees with <see cref="BitPackingSpecification"/>.
/// </remarks>
internal abstract class BitPackingKernel
{
    /// <summary>The largest width of a value, in bits.</summary>
    public const int MaxWidth = 56;

    /// <summary>The fastest implementation on this machine.</summary>
    public static BitPackingKernel Default { get; } = Create(LaneSupport.BestWithoutFusion);

    /// <summary>Creates the implementation for registers of a width.</summary>
    public static BitPackingKernel Create(LaneWidth width) => width switch
    {
        LaneWidth.Vector512 => new LaneBitPackingKernel<WordLane512>(),
        LaneWidth.Vector256 => new LaneBitPackingKernel<WordLane256>(),
        LaneWidth.Vector128 => new LaneBitPackingKernel<WordLane128>(),
        LaneWidth.Scalar => new LaneBitPackingKernel<WordLaneScalar>(),
        _ => new BitPackingSpecification(),
    };

    /// <summary>Returns the number of bytes that packed values of a width fill.</summary>
    public static int PackedLength(int count, int width) => checked((int)(((long)count * width) + 7) / 8);

    /// <summary>Packs floor(value / 2^dropped) for every value.</summary>
    /// <param name="values">Values in [0, 2^(width + dropped)); any count.</param>
    /// <param name="width">Bits of a packed value, in [1, 56].</param>
    /// <param name="destination">Receives exactly <see cref="PackedLength"/> bytes.</param>
    /// <param name="dropped">Number of low bits to drop.</param>
    public void Pack(ReadOnlySpan<ulong> values, int width, Span<byte> destination, int dropped = 0)
    {
        Debug.Assert(width is >= 1 and <= MaxWidth, "A value and the bits before it fit eight bytes.");
        Debug.Assert(destination.Length == PackedLength(values.Length, width), "No byte more or less.");
        PackCore(values, width, dropped, destination);
    }

    /// <summary>Unpacks residues, restores dropped bits to the middle of their range, and checks every value.</summary>
    /// <param name="source">Exactly <see cref="PackedLength"/> bytes.</param>
    /// <param name="width">Bits of a packed value, in [1, 56].</param>
    /// <param name="modulus">The modulus p of the residues.</param>
    /// <param name="destination">Receives min(v*2^dropped + 2^(dropped-1), p-1) for a packed v; without dropped bits v itself.</param>
    /// <param name="dropped">Number of low bits that were dropped; in [0, 62 - width].</param>
    /// <returns>
    /// Whether <see cref="Pack"/> can make every value of a residue in [0, p), and the bits after the last one are zero; if not,
    /// the destination is meaningless.
    /// </returns>
    public bool TryUnpack(ReadOnlySpan<byte> source, int width, ulong modulus, Span<ulong> destination, int dropped = 0)
    {
        Debug.Assert(width is >= 1 and <= MaxWidth, "A value and the bits before it fit eight bytes.");
        Debug.Assert(width + dropped < 63, "Restored values are compared by their difference's sign.");
        Debug.Assert(source.Length == PackedLength(destination.Length, width), "No byte more or less.");
        return TryUnpackCore(source, width, dropped, modulus, destination);
    }

    /// <summary>Tells whether <see cref="TryUnpack"/> accepts values, without unpacking any.</summary>
    /// <param name="source">Exactly <see cref="PackedLength"/> bytes.</param>
    /// <param name="count">The number of values.</param>
    /// <param name="width">Bits of a packed value, in [1, 56].</param>
    /// <param name="modulus">The modulus p of the residues.</param>
    /// <param name="dropped">Number of low bits that were dropped; in [0, 62 - width].</param>
    public bool AreInRange(ReadOnlySpan<byte> source, int count, int width, ulong modulus, int dropped = 0)
    {
        Debug.Assert(width is >= 1 and <= MaxWidth, "A value and the bits before it fit eight bytes.");
        Debug.Assert(source.Length == PackedLength(count, width), "No byte more or less.");
        return AreInRangeCore(source, count, width, largest: (modulus - 1) >> dropped);
    }

    protected abstract void PackCore(ReadOnlySpan<ulong> values, int width, int dropped, Span<byte> destination);

    protected abstract bool TryUnpackCore(
        ReadOnlySpan<byte> source, int width, int dropped, ulong modulus, Span<ulong> destination);

    protected abstract bool AreInRangeCore(ReadOnlySpan<byte> source, int count, int width, ulong largest);

    /// <summary>Returns the middle of the range of dropped bits.</summary>
    protected static ulong MiddleOf(int dropped) => (1UL << dropped) >> 1;
}
