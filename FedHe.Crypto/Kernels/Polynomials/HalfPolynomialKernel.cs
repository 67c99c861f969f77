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
    public static HalfPolynomialKernel Default { get; } = Create(LaneSupport.Best);

    /// <summary>Creates the implementation for registers of a width.</summary>
    public static HalfPolynomialKernel Create(LaneWidth width) => width switch
    {
        LaneWidth.Vector512 => new LaneHalfPolynomialKernel<HalfLane512>(),
        LaneWidth.Vector256 => new LaneHalfPolynomialKernel<HalfLane256>(),
        LaneWidth.Vector128 => new LaneHalfPolynomialKernel<HalfLane128>(),
        LaneWidth.Scalar => new LaneHalfPolynomialKernel<HalfLaneScalar>(),
        _ => new HalfPolynomialSpecification(),
    };

    /// <summary>Computes destination = message + error - mask mod p, for messages and errors in (-p, p) and masks in [0, p).</summary>
    public abstract void MaskMessage(
        ReadOnlySpan<long> message, ReadOnlySpan<sbyte> error, ReadOnlySpan<uint> mask, Span<uint> destination, uint p);

    /// <summary>Computes destination = mask + factor*code + offset mod p in (-p/2, p/2], as exact doubles.</summary>
    /// <param name="mask">Residues in [0, p).</param>
    /// <param name="code">Any numbers of 32 bits.</param>
    /// <param name="factor">The public factor, in [0, p).</param>
    /// <param name="offset">The public offset, in [0, p).</param>
    /// <param name="destination">Receives the results.</param>
    /// <param name="p">The prime.</param>
    public void Unmask(
        ReadOnlySpan<uint> mask, ReadOnlySpan<uint> code, uint factor, uint offset, Span<double> destination, uint p)
    {
        Debug.Assert(factor < p && offset < p, "Public numbers are residues.");
        UnmaskCore(mask, code, factor, offset, destination, p);
    }

    protected abstract void UnmaskCore(
        ReadOnlySpan<uint> mask, ReadOnlySpan<uint> code, uint factor, uint offset, Span<double> destination, uint p);
}
