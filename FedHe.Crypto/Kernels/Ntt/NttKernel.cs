using System.Diagnostics;
using FedHe.Crypto.Kernels.Lanes;
using FedHe.Crypto.Kernels.Modular;
using FedHe.Crypto.Kernels.Polynomials;

namespace FedHe.Crypto.Kernels.Ntt;

/// <summary>
/// One way of computing the negacyclic number-theoretic transform of degree N modulo one prime p &lt; 2^50; all agree
/// bit for bit with <see cref="NttSpecification"/>. Immutable and thread-safe; no branch and no index depends on a value.
/// </summary>
internal abstract class NttKernel(int degree)
{
    /// <summary>The fewest coefficients for which lanes have work: two passes of every width.</summary>
    public const int MinLaneDegree = 64;

    /// <summary>The kernel of a given width.</summary>
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

    /// <summary>Natural order in, bit-reversed out; in place, residues in [0, p).</summary>
    public void Forward(Span<ulong> values)
    {
        Debug.Assert(values.Length == Degree, "One polynomial at a time.");
        ForwardCore(values);
    }

    /// <summary>Bit-reversed order in, natural out; in place, residues in [0, p).</summary>
    public void Inverse(Span<ulong> values)
    {
        Debug.Assert(values.Length == Degree, "One polynomial at a time.");
        InverseCore(values);
    }

    /// <summary>
    /// The inverse transform of a pointwise product: as <see cref="PolynomialKernel.Multiply"/> and
    /// <see cref="Inverse"/> one after the other, in one pass less. Spans are identical or disjoint.
    /// </summary>
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
