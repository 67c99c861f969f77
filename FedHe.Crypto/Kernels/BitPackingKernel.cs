using System.Diagnostics;
using FedHe.Crypto.Kernels.Lanes;

namespace FedHe.Crypto.Kernels;

/// <summary>
/// Packs unsigned integers of a fixed width, lowest bit first, into bytes. Eight values of w bits fill w bytes exactly,
/// and every polynomial has a multiple of eight coefficients, so no padding is needed. Every implementation agrees with
/// <see cref="IntegerBitPackingKernel"/>.
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
        _ => new IntegerBitPackingKernel(),
    };

    public static int PackedLength(int count, int width) => checked((int)(((long)count * width) + 7) / 8);

    /// <summary>Packs values below 2^width.</summary>
    /// <param name="values">The values; any count.</param>
    /// <param name="width">1 to 56 bits.</param>
    /// <param name="destination">Exactly <see cref="PackedLength"/> bytes.</param>
    public void Pack(ReadOnlySpan<ulong> values, int width, Span<byte> destination)
    {
        Debug.Assert(width is >= 1 and <= MaxWidth, "A value and the bits before it fit eight bytes.");
        Debug.Assert(destination.Length == PackedLength(values.Length, width), "No byte more or less.");
        PackCore(values, width, destination);
    }

    /// <summary>Unpacks values and tells whether every one is below <paramref name="limit"/>.</summary>
    /// <param name="source">Exactly <see cref="PackedLength"/> bytes.</param>
    /// <param name="width">1 to 56 bits.</param>
    /// <param name="limit">Exclusive upper limit of every value.</param>
    /// <param name="destination">Receives the values.</param>
    /// <returns>Whether all values, and the bits after the last one, are in range.</returns>
    public bool TryUnpack(ReadOnlySpan<byte> source, int width, ulong limit, Span<ulong> destination)
    {
        Debug.Assert(width is >= 1 and <= MaxWidth, "A value and the bits before it fit eight bytes.");
        Debug.Assert(source.Length == PackedLength(destination.Length, width), "No byte more or less.");
        return TryUnpackCore(source, width, limit, destination);
    }

    protected abstract void PackCore(ReadOnlySpan<ulong> values, int width, Span<byte> destination);

    protected abstract bool TryUnpackCore(ReadOnlySpan<byte> source, int width, ulong limit, Span<ulong> destination);
}
