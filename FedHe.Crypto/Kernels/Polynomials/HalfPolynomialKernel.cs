using System.Diagnostics;
using FedHe.Crypto.Kernels.Lanes;

namespace FedHe.Crypto.Kernels.Polynomials;

/// <summary>
/// A half-polynomial kernel computes coefficient by coefficient on polynomials modulo one prime p &lt; 2^31, in 32 bits.
/// </summary>
/// <remarks>
/// Spans are identical or disjoint and of equal length. No branch and no index depends on a value. Every implementation agrees
/// with <see cref="HalfPolynomialSpecification"/> bit for bit.
/// </remarks>
internal abstract class HalfPolynomialKernel
{
    /// <summary>The fastest implementation on this machine.</summary>
    public static HalfPolynomialKernel Default { get; } = Create(LaneSupport.BestWithoutFusion);

    /// <summary>Creates the implementation for registers of a width.</summary>
    public static HalfPolynomialKernel Create(LaneWidth width) => width switch
    {
        LaneWidth.Vector512 => new LaneHalfPolynomialKernel<HalfLane512>(),
        LaneWidth.Vector256 => new LaneHalfPolynomialKernel<HalfLane256>(),
        LaneWidth.Vector128 => new LaneHalfPolynomialKernel<HalfLane128>(),
        LaneWidth.Scalar => new LaneHalfPolynomialKernel<HalfLaneScalar>(),
        _ => new HalfPolynomialSpecification(),
    };

    /// <summary>Computes destination = round(value*scale) + error - mask mod p, ties to even.</summary>
    /// <param name="values">Values with |value*scale| at most p - 1.</param>
    /// <param name="scale">The factor of a value.</param>
    /// <param name="error">Integers in (-p, p).</param>
    /// <param name="mask">Residues in [0, p).</param>
    /// <param name="destination">Receives residues in [0, p).</param>
    /// <param name="p">The prime.</param>
    public abstract void MaskValues(
        ReadOnlySpan<double> values,
        double scale,
        ReadOnlySpan<sbyte> error,
        ReadOnlySpan<uint> mask,
        Span<uint> destination,
        uint p);

    /// <summary>
    /// Computes destination = (x + addend)*inverseScale, with x = mask + factor*code + offset mod p in (-p/2, p/2].
    /// </summary>
    /// <param name="mask">Residues in [0, p), at least as many as are received.</param>
    /// <param name="code">Any numbers of 32 bits, at least as many as are received.</param>
    /// <param name="opening">The public numbers of the operation.</param>
    /// <param name="destination">Receives the values.</param>
    /// <param name="p">The prime.</param>
    public void UnmaskValues(
        ReadOnlySpan<uint> mask, ReadOnlySpan<uint> code, MaskOpening opening, Span<double> destination, uint p)
    {
        Debug.Assert(opening.Factor < p && opening.Offset < p, "Public numbers are residues.");
        UnmaskValuesCore(mask, code, opening, destination, p);
    }

    protected abstract void UnmaskValuesCore(
        ReadOnlySpan<uint> mask, ReadOnlySpan<uint> code, MaskOpening opening, Span<double> destination, uint p);
}
