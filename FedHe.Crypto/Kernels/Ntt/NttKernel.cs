using System.Diagnostics;
using FedHe.Crypto.Kernels.Lanes;
using FedHe.Crypto.Kernels.Modular;
using FedHe.Crypto.Kernels.Polynomials;

namespace FedHe.Crypto.Kernels.Ntt;

/// <summary>
/// A kernel of the negacyclic number-theoretic transform has a degree N and computes modulo one prime p &lt; 2^50.
/// </summary>
/// <remarks>
/// Every implementation agrees with <see cref="NttSpecification"/> bit for bit, is immutable and thread-safe, and has no
/// branch and no index that depends on a value.
/// </remarks>
internal abstract class NttKernel(int degree)
{
    /// <summary>The least degree of a transform in lanes, which leaves two passes for every width.</summary>
    public const int MinLaneDegree = 64;

    /// <summary>Creates the kernel for registers of a width.</summary>
    public static NttKernel Create(NttRoots roots, LaneWidth width) => width switch
    {
        _ when roots.Degree < MinLaneDegree => new NttSpecification(roots),
        LaneWidth.Vector512 => new LaneNtt<RealLane512, WordLane512>(roots),
        LaneWidth.Vector256 => new LaneNtt<RealLane256, WordLane256>(roots),
        LaneWidth.Vector128 => new LaneNtt<RealLane128, WordLane128>(roots),
        LaneWidth.Scalar => new LaneNtt<RealLaneScalar, WordLaneScalar>(roots),
        _ => new NttSpecification(roots),
    };

    protected int Degree { get; } = degree;

    /// <summary>Transforms values in place, from natural to bit-reversed order.</summary>
    /// <param name="values">N residues in [0, p), before and afterwards.</param>
    public void Forward(Span<ulong> values)
    {
        Debug.Assert(values.Length == Degree, "One polynomial at a time.");
        ForwardCore(values);
    }

    /// <summary>Transforms values back in place, from bit-reversed to natural order.</summary>
    /// <param name="values">N residues in [0, p), before and afterwards.</param>
    public void Inverse(Span<ulong> values)
    {
        Debug.Assert(values.Length == Degree, "One polynomial at a time.");
        InverseCore(values);
    }

    /// <summary>Transforms a pointwise product back, from bit-reversed to natural order.</summary>
    /// <remarks>
    /// <see cref="PolynomialKernel.Multiply"/> and <see cref="Inverse"/> have the same result, in one pass more.
    /// </remarks>
    /// <param name="left">N residues in [0, p).</param>
    /// <param name="right">N factors in [0, p).</param>
    /// <param name="destination">Receives N residues in [0, p); identical with a factor or disjoint.</param>
    public void InverseOfProduct(ReadOnlySpan<ulong> left, FixedFactors right, Span<ulong> destination)
    {
        Debug.Assert(left.Length == Degree && right.Values.Length == Degree, "One polynomial at a time.");
        Debug.Assert(destination.Length == Degree, "One polynomial at a time.");
        InverseOfProductCore(left, right, destination);
    }

    protected abstract void ForwardCore(Span<ulong> values);

    protected abstract void InverseCore(Span<ulong> values);

    protected abstract void InverseOfProductCore(ReadOnlySpan<ulong> left, FixedFactors right, Span<ulong> destination);
}
