using System.Diagnostics;
using FedHe.Crypto.Kernels.Lanes;

namespace FedHe.Crypto.Kernels.BitPacking;

/// <summary>A half-packing kernel packs numbers of 32 bits in the format of <see cref="BitPackingKernel"/>.</summary>
/// <remarks>
/// Numbers come in multiples of eight. Every implementation agrees with <see cref="HalfPackingSpecification"/>, and no branch
/// and no index depends on a number.
/// </remarks>
internal abstract class HalfPackingKernel
{
    /// <summary>The largest width of a number, in bits.</summary>
    public const int MaxWidth = 32;

    /// <summary>The fastest implementation on this machine.</summary>
    public static HalfPackingKernel Default { get; } = Create(LaneSupport.BestWithoutFusion);

    /// <summary>Creates the implementation for registers of a width.</summary>
    public static HalfPackingKernel Create(LaneWidth width) => width switch
    {
        LaneWidth.Vector512 => new LaneHalfPackingKernel<HalfLane512>(),
        LaneWidth.Vector256 => new LaneHalfPackingKernel<HalfLane256>(),
        LaneWidth.Vector128 => new LaneHalfPackingKernel<HalfLane128>(),
        LaneWidth.Scalar => new LaneHalfPackingKernel<HalfLaneScalar>(),
        _ => new HalfPackingSpecification(),
    };

    /// <summary>Packs floor(value / 2^dropped) for every value.</summary>
    /// <param name="values">Values in [0, 2^(width + dropped)).</param>
    /// <param name="width">Bits of a packed value, in [1, 32].</param>
    /// <param name="destination">Receives exactly <see cref="BitPackingKernel.PackedLength"/> bytes.</param>
    /// <param name="dropped">Number of low bits to drop, in [0, 31].</param>
    public void Pack(ReadOnlySpan<uint> values, int width, Span<byte> destination, int dropped = 0)
    {
        CheckLengths(destination, width, values.Length);
        PackCore(values, width, dropped, destination);
    }

    /// <summary>Unpacks values, and tells whether every value is below a limit.</summary>
    /// <param name="source">Exactly <see cref="BitPackingKernel.PackedLength"/> bytes.</param>
    /// <param name="width">Bits of a packed value, in [1, 32].</param>
    /// <param name="limit">The exclusive limit of a value, in [1, 2^32].</param>
    /// <param name="destination">Receives the values.</param>
    public bool TryUnpack(ReadOnlySpan<byte> source, int width, ulong limit, Span<uint> destination)
    {
        CheckLengths(source, width, destination.Length);
        return TryUnpackCore(source, width, (uint)(limit - 1), destination);
    }

    /// <summary>Tells whether every value is below a limit, without keeping any.</summary>
    /// <param name="source">Exactly <see cref="BitPackingKernel.PackedLength"/> bytes.</param>
    /// <param name="count">The number of values.</param>
    /// <param name="width">Bits of a packed value, in [1, 32].</param>
    /// <param name="limit">The exclusive limit of a value, in [1, 2^32].</param>
    public bool AreInRange(ReadOnlySpan<byte> source, int count, int width, ulong limit)
    {
        CheckLengths(source, width, count);
        return AreInRangeCore(source, count, width, (uint)(limit - 1));
    }

    protected abstract void PackCore(ReadOnlySpan<uint> values, int width, int dropped, Span<byte> destination);

    protected abstract bool TryUnpackCore(ReadOnlySpan<byte> source, int width, uint largest, Span<uint> destination);

    protected abstract bool AreInRangeCore(ReadOnlySpan<byte> source, int count, int width, uint largest);

    private static void CheckLengths(ReadOnlySpan<byte> packed, int width, int count)
    {
        Debug.Assert(width is >= 1 and <= MaxWidth, "A value fits 32 bits.");
        Debug.Assert(count % ByteGroupLayout.GroupLength == 0, "Groups of eight values fill whole bytes.");
        Debug.Assert(packed.Length == BitPackingKernel.PackedLength(count, width), "No byte more or less.");
    }
}
