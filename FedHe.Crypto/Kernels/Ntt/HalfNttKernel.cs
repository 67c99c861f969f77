using System.Diagnostics;
using FedHe.Crypto.Kernels.Lanes;
using FedHe.Crypto.Kernels.Modular;

namespace FedHe.Crypto.Kernels.Ntt;

/// <summary>
/// A half kernel of the number-theoretic transform has a degree N and computes modulo one prime p &lt; 2^31 on residues of 32
/// bits.
/// </summary>
/// <remarks>
/// A kernel returns the results of <see cref="NttSpecification"/>, in 32 bits. Every implementation is immutable and thread-safe, and has
/// no branch and no index that depends on a value. A forward transform is for keys alone, once for many polynomials, and is
/// left to <see cref="NttKernel"/>.
/// </remarks>
internal abstract class HalfNttKernel(int degree)
{
    /// <summary>The exclusive bound of p: 2^31.</summary>
    public const ulong MaxModulus = 1UL << 31;

    /// <summary>The least degree of a transform in lanes, which leaves two blocks for every width.</summary>
    public const int MinLaneDegree = 64;

    /// <summary>Creates the kernel for registers of a width.</summary>
    public static HalfNttKernel Create(NttRoots roots, LaneWidth width) => roots.Modulus >> LazyHalfRange.LogMaxModulus == 0
        ? Create<LazyHalfRange>(roots, width)
        : Create<FullHalfRange>(roots, width);

    protected int Degree { get; } = degree;

    /// <summary>Transforms a pointwise product back, from bit-reversed to natural order.</summary>
    /// <param name="left">N residues in [0, p).</param>
    /// <param name="right">N factors in [0, p).</param>
    /// <param name="destination">Receives N residues in [0, p); identical with a factor or disjoint.</param>
    public void InverseOfProduct(ReadOnlySpan<uint> left, HalfFactors right, Span<uint> destination)
    {
        Debug.Assert(left.Length == Degree && right.Values.Length == Degree, "One polynomial at a time.");
        Debug.Assert(right.Quotients.Length == Degree && destination.Length == Degree, "One polynomial at a time.");
        InverseOfProductCore(left, right, destination);
    }

    protected abstract void InverseOfProductCore(ReadOnlySpan<uint> left, HalfFactors right, Span<uint> destination);

    private static HalfNttKernel Create<TRange>(NttRoots roots, LaneWidth width)
        where TRange : struct, IHalfRange => width switch
        {
            _ when roots.Degree < MinLaneDegree => new HalfNttSpecification(roots),
            LaneWidth.Vector512 => new LaneHalfNtt<HalfLane512, TRange>(roots),
            LaneWidth.Vector256 => new LaneHalfNtt<HalfLane256, TRange>(roots),
            LaneWidth.Vector128 => new LaneHalfNtt<HalfLane128, TRange>(roots),
            LaneWidth.Scalar => new LaneHalfNtt<HalfLaneScalar, TRange>(roots),
            _ => new HalfNttSpecification(roots),
        };
}
