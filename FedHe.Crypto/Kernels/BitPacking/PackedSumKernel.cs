using System.Diagnostics;
using FedHe.Crypto.Kernels.Lanes;

namespace FedHe.Crypto.Kernels.BitPacking;

/// <summary>
/// A packed-sum kernel adds up unsigned integers of a fixed width as they travel, over the integers, and reads their sums.
/// </summary>
/// <remarks>
/// The data are ciphertexts. Every implementation agrees with <see cref="PackedSumSpecification"/>, and no branch depends
/// on a value.
/// </remarks>
internal abstract class PackedSumKernel
{
    /// <summary>The fastest implementation on this machine.</summary>
    public static PackedSumKernel Default { get; } = Create(LaneSupport.BestWithoutFusion);

    /// <summary>Creates the implementation for registers of a width.</summary>
    public static PackedSumKernel Create(LaneWidth width) => width switch
    {
        LaneWidth.Vector512 => new LanePackedSumKernel<WordLane512>(),
        LaneWidth.Vector256 => new LanePackedSumKernel<WordLane256>(),
        LaneWidth.Vector128 => new LanePackedSumKernel<WordLane128>(),
        LaneWidth.Scalar => new LanePackedSumKernel<WordLaneScalar>(),
        _ => new PackedSumSpecification(),
    };

    /// <summary>Computes sums += v + offset for every packed v, modulo 2^64.</summary>
    /// <param name="source">The packed values: as many as the sums, a multiple of eight.</param>
    /// <param name="width">The bits of a packed value, in [1, 56].</param>
    /// <param name="offset">The number to add to every value.</param>
    /// <param name="sums">The sums.</param>
    public void Accumulate(ReadOnlySpan<byte> source, int width, ulong offset, Span<ulong> sums)
    {
        CheckLengths(source, width, sums.Length);
        AccumulateCore(source, width, offset, sums);
    }

    /// <summary>Computes destination = v*2^shift + offset for every packed v, and tells whether every v is below a limit.</summary>
    /// <param name="source">The packed values: as many as the destination has, a multiple of eight.</param>
    /// <param name="width">The bits of a packed value, in [1, 56].</param>
    /// <param name="limit">The exclusive limit of v, at least 1.</param>
    /// <param name="shift">The logarithm of the factor of v.</param>
    /// <param name="offset">The number to add to every product.</param>
    /// <param name="destination">Receives the numbers modulo 2^64, which are meaningless unless all v are below the limit.</param>
    public bool TryRestore(ReadOnlySpan<byte> source, int width, ulong limit, int shift, ulong offset, Span<ulong> destination)
    {
        CheckLengths(source, width, destination.Length);
        return TryRestoreCore(source, width, limit, shift, offset, destination);
    }

    /// <summary>Computes destination = x - least, and tells whether all results are in [0, limit).</summary>
    /// <param name="values">Numbers x below 2^62.</param>
    /// <param name="least">The number to subtract, below 2^62.</param>
    /// <param name="limit">The exclusive limit of a result, below 2^62.</param>
    /// <param name="destination">Receives the results; identical with the values or disjoint.</param>
    public abstract bool TrySubtract(ReadOnlySpan<ulong> values, ulong least, ulong limit, Span<ulong> destination);

    protected abstract void AccumulateCore(ReadOnlySpan<byte> source, int width, ulong offset, Span<ulong> sums);

    protected abstract bool TryRestoreCore(
        ReadOnlySpan<byte> source, int width, ulong limit, int shift, ulong offset, Span<ulong> destination);

    private static void CheckLengths(ReadOnlySpan<byte> source, int width, int count)
    {
        Debug.Assert(count % ByteGroupLayout.GroupLength == 0, "Groups of eight values fill whole bytes.");
        Debug.Assert(source.Length == BitPackingKernel.PackedLength(count, width), "No byte more or less.");
    }
}
