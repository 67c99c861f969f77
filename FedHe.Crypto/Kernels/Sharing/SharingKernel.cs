using System.Diagnostics;
using FedHe.Crypto.Kernels.Lanes;

namespace FedHe.Crypto.Kernels.Sharing;

/// <summary>A sharing kernel computes on vectors of elements of F_p, p = 65521, of 16 bits each.</summary>
/// <remarks>
/// Elements are secret: no branch and no index depends on one. Every implementation agrees with
/// <see cref="SharingSpecification"/> on the elements, bit for bit. Sums are words whose meaning is the kernel's own, except that
/// zeros mean zero.
/// </remarks>
internal abstract class SharingKernel
{
    /// <summary>The prime p = 2^16 - 15, the largest below 2^16.</summary>
    public const uint Prime = 65521;

    /// <summary>The largest point that <see cref="Evaluate"/> takes.</summary>
    public const int MaxPoint = 255;

    /// <summary>The number of products that sums have room for: each is folded to less than 2^20.</summary>
    public const int MaxTerms = 1 << 12;

    /// <summary>The fastest implementation on this machine.</summary>
    public static SharingKernel Default { get; } = Create(LaneSupport.BestWithoutFusion);

    /// <summary>Creates the implementation for registers of a width.</summary>
    public static SharingKernel Create(LaneWidth width) => width switch
    {
        LaneWidth.Vector512 => new LaneSharingKernel<HalfLane512>(),
        LaneWidth.Vector256 => new LaneSharingKernel<HalfLane256>(),
        LaneWidth.Vector128 => new LaneSharingKernel<HalfLane128>(),
        LaneWidth.Scalar => new LaneSharingKernel<HalfLaneScalar>(),
        _ => new SharingSpecification(),
    };

    /// <summary>Tells whether every number of 16 bits is below p.</summary>
    public abstract bool AreElements(ReadOnlySpan<ushort> numbers);

    /// <summary>Evaluates a polynomial for each position of a row, at one point.</summary>
    /// <param name="coefficients">
    /// The rows of coefficients, which are elements, from degree 0 on, one after the other: at least one row.
    /// </param>
    /// <param name="point">The point x, in [1, <see cref="MaxPoint"/>].</param>
    /// <param name="destination">Receives a row, sum_d c_d * x^d mod p.</param>
    public void Evaluate(ReadOnlySpan<ushort> coefficients, int point, Span<ushort> destination)
    {
        Debug.Assert(point is >= 1 and <= MaxPoint, "A product with the point fits 32 bits.");
        Debug.Assert(AreElements(coefficients), "Coefficients are elements.");
        int rows = destination.IsEmpty ? 0 : coefficients.Length / destination.Length;
        Debug.Assert(rows * destination.Length == coefficients.Length, "All rows are as long as the destination.");
        EvaluateCore(coefficients, rows, rowLength: destination.Length, (uint)point, destination);
    }

    /// <summary>Adds products to sums, sums += element*factor up to a multiple of p.</summary>
    /// <param name="elements">Elements.</param>
    /// <param name="factor">A public element.</param>
    /// <param name="sums">As many sums as there are elements; <see cref="MaxTerms"/> additions have room.</param>
    public void MultiplyAdd(ReadOnlySpan<ushort> elements, uint factor, Span<uint> sums)
    {
        Debug.Assert(factor < Prime && AreElements(elements), "A product of two elements fits 32 bits.");
        MultiplyAddCore(elements[..sums.Length], factor, sums);
    }

    /// <summary>Computes the elements that are congruent to sums.</summary>
    public void Reduce(ReadOnlySpan<uint> sums, Span<ushort> destination)
        => ReduceCore(sums[..destination.Length], destination);

    /// <summary>Moves the numbers below p to the front, in order, and returns how many they are.</summary>
    /// <remarks>
    /// Where a uniform number was rejected is independent of the numbers that were kept, so these steps reveal nothing of them.
    /// </remarks>
    public static int Compact(Span<ushort> numbers)
    {
        int kept = 0;
        foreach (ushort number in numbers)
        {
            numbers[kept] = number;
            kept += (int)((number - Prime) >> 31);
        }

        return kept;
    }

    protected abstract void EvaluateCore(
        ReadOnlySpan<ushort> coefficients, int rows, int rowLength, uint point, Span<ushort> destination);

    protected abstract void MultiplyAddCore(ReadOnlySpan<ushort> elements, uint factor, Span<uint> sums);

    protected abstract void ReduceCore(ReadOnlySpan<uint> sums, Span<ushort> destination);
}
