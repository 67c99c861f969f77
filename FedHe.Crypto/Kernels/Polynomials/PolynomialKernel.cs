using System.Runtime.InteropServices;
using FedHe.Crypto.Kernels.Lanes;
using FedHe.Crypto.Kernels.Modular;

namespace FedHe.Crypto.Kernels.Polynomials;

/// <summary>A polynomial kernel computes coefficient by coefficient on polynomials modulo one prime p &lt; 2^50.</summary>
/// <remarks>
/// Spans are identical or disjoint and of equal length. Values are in [0, p) before and after, unless an operation says
/// otherwise. No branch and no index depends on a value. Every implementation agrees with
/// <see cref="PolynomialSpecification"/> bit for bit.
/// </remarks>
internal abstract class PolynomialKernel
{
    /// <summary>The fastest implementation on this machine.</summary>
    public static PolynomialKernel Default { get; } = Create(LaneSupport.Best);

    /// <summary>Creates the implementation for registers of a width.</summary>
    public static PolynomialKernel Create(LaneWidth width) => width switch
    {
        LaneWidth.Vector512 => new LanePolynomialKernel<RealLane512, WordLane512>(),
        LaneWidth.Vector256 => new LanePolynomialKernel<RealLane256, WordLane256>(),
        LaneWidth.Vector128 => new LanePolynomialKernel<RealLane128, WordLane128>(),
        LaneWidth.Scalar => new LanePolynomialKernel<RealLaneScalar, WordLaneScalar>(),
        _ => new PolynomialSpecification(),
    };

    /// <summary>Reinterprets residues as signed integers, which have the same bits.</summary>
    public static ReadOnlySpan<long> AsSigned(ReadOnlySpan<ulong> residues) => MemoryMarshal.Cast<ulong, long>(residues);

    /// <summary>Computes accumulator += values mod p.</summary>
    public abstract void Add(Span<ulong> accumulator, ReadOnlySpan<ulong> values, ulong p);

    /// <summary>Computes destination = minuend - destination mod p.</summary>
    public abstract void SubtractFrom(ReadOnlySpan<ulong> minuend, Span<ulong> destination, ulong p);

    /// <summary>Computes accumulator += factor * values mod p, for a public factor.</summary>
    /// <remarks>A factor of 1 is faster.</remarks>
    public abstract void AddScaled(Span<ulong> accumulator, ReadOnlySpan<ulong> values, ShoupFactor factor, ulong p);

    /// <summary>Computes values *= factor mod p, for a public factor.</summary>
    public abstract void Scale(Span<ulong> values, ShoupFactor factor, ulong p);

    /// <summary>Computes destination = left * right mod p, pointwise.</summary>
    public abstract void Multiply(ReadOnlySpan<ulong> left, FixedFactors right, Span<ulong> destination, ulong p);

    /// <summary>Computes destination = values mod p, for signed values in (-2^62, 2^62).</summary>
    public abstract void ReduceSigned(ReadOnlySpan<long> values, Span<ulong> destination, ulong p);

    /// <summary>Computes accumulator += values mod p, for signed values in (-p, p).</summary>
    public abstract void AddSmallSigned(Span<ulong> accumulator, ReadOnlySpan<sbyte> values, ulong p);

    /// <summary>Computes destination = message + error - mask mod p, for messages and errors in (-p, p).</summary>
    public abstract void MaskMessage(
        ReadOnlySpan<long> message, ReadOnlySpan<sbyte> error, ReadOnlySpan<ulong> mask, Span<ulong> destination, ulong p);

    /// <summary>Computes destination = values mod p in (-p/2, p/2], as signed integers.</summary>
    public abstract void Center(ReadOnlySpan<ulong> values, Span<long> destination, ulong p);

    /// <summary>The bound on a sum of two numbers that <see cref="UnmaskSum"/> reduces: 2^51.</summary>
    public const ulong MaxSum = 1UL << 51;

    /// <summary>Computes destination = (x + addend)*inverseScale, with x = mask + sum mod p in (-p/2, p/2].</summary>
    /// <param name="mask">Numbers, at least as many as are received.</param>
    /// <param name="sum">Numbers, at least as many as are received, that make less than <see cref="MaxSum"/> with the mask.</param>
    /// <param name="addend">The number added to the centered sum.</param>
    /// <param name="inverseScale">The factor of the result.</param>
    /// <param name="destination">Receives the values.</param>
    /// <param name="p">The prime.</param>
    public abstract void UnmaskSum(
        ReadOnlySpan<ulong> mask, ReadOnlySpan<ulong> sum, double addend, double inverseScale, Span<double> destination, ulong p);

    /// <summary>Computes destination = values mod p in (-p/2, p/2], as exact doubles.</summary>
    public abstract void CenterToReal(ReadOnlySpan<ulong> values, Span<double> destination, ulong p);
}
