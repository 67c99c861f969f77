using System.Diagnostics;
using FedHe.Crypto.Kernels.Lanes;

namespace FedHe.Crypto.Kernels.BitPacking;

/// <summary>
/// A half-sum kernel adds up unsigned integers as <see cref="PackedSumKernel"/> does, in 32 bits, which take half the memory.
/// </summary>
/// <remarks>
/// Numbers come in multiples of eight. Every implementation agrees with <see cref="HalfSumSpecification"/>, and no branch
/// depends on a value.
/// </remarks>
internal abstract class HalfSumKernel
{
    /// <summary>The fastest implementation on this machine.</summary>
    public static HalfSumKernel Default { get; } = Create(LaneSupport.BestWithoutFusion);

    /// <summary>Creates the implementation for registers of a width.</summary>
    public static HalfSumKernel Create(LaneWidth width) => width switch
    {
        LaneWidth.Vector512 => new LaneHalfSumKernel<HalfLane512>(),
        LaneWidth.Vector256 => new LaneHalfSumKernel<HalfLane256>(),
        LaneWidth.Vector128 => new LaneHalfSumKernel<HalfLane128>(),
        LaneWidth.Scalar => new LaneHalfSumKernel<HalfLaneScalar>(),
        _ => new HalfSumSpecification(),
    };

    /// <summary>Computes sums += v + offset for every packed v, modulo 2^32.</summary>
    /// <param name="source">The packed values: as many as the sums, a multiple of eight.</param>
    /// <param name="width">The bits of a packed value, in [1, 32].</param>
    /// <param name="offset">The number to add to every value.</param>
    /// <param name="sums">The sums.</param>
    public void Accumulate(ReadOnlySpan<byte> source, int width, uint offset, Span<uint> sums)
    {
        Debug.Assert(width is >= 1 and <= HalfPackingKernel.MaxWidth, "A value fits 32 bits.");
        Debug.Assert(sums.Length % ByteGroupLayout.GroupLength == 0, "Groups of eight values fill whole bytes.");
        Debug.Assert(source.Length == BitPackingKernel.PackedLength(sums.Length, width), "No byte more or less.");
        AccumulateCore(source, width, offset, sums);
    }

    /// <summary>Computes destination = x - least, and tells whether every x is in [least, least + limit).</summary>
    /// <param name="values">The numbers x.</param>
    /// <param name="least">The number to subtract.</param>
    /// <param name="limit">The exclusive limit of a result, in [1, 2^32].</param>
    /// <param name="destination">Receives the results; identical with the values or disjoint.</param>
    public bool TrySubtract(ReadOnlySpan<uint> values, uint least, ulong limit, Span<uint> destination)
        => TrySubtractCore(values[..destination.Length], least, (uint)(limit - 1), destination);

    protected abstract void AccumulateCore(ReadOnlySpan<byte> source, int width, uint offset, Span<uint> sums);

    protected abstract bool TrySubtractCore(ReadOnlySpan<uint> values, uint least, uint largest, Span<uint> destination);
}
