using FedHe.Crypto.Kernels.Lanes;
using FedHe.Crypto.Kernels.Modular;

namespace FedHe.Crypto.Kernels.Ntt;

/// <summary>
/// A plan computes the negacyclic number-theoretic transform of degree N modulo one prime by the fastest kernel of this machine.
/// </summary>
/// <remarks>
/// Forward: natural order in, bit-reversed out, out[i] = a(psi^(2*brev(i)+1)), with psi the smallest primitive 2N-th
/// root of unity (the convention of Microsoft SEAL). Both directions take and give values in [0, p).
/// </remarks>
internal sealed class NttPlan
{
    private readonly NttKernel _kernel;

    /// <summary>Computes the tables of a transform.</summary>
    /// <param name="degree">N, a power of two.</param>
    /// <param name="modulus">A prime p &lt; 2^50 with p = 1 mod 2N.</param>
    public NttPlan(int degree, ulong modulus)
    {
        var roots = new NttRoots(degree, modulus);
        Modulus = modulus;
        Root = roots.Root;
        _kernel = NttKernel.Create(roots, LaneSupport.Best);
    }

    /// <summary>The prime modulus p.</summary>
    public ulong Modulus { get; }

    /// <summary>The smallest primitive 2N-th root of unity, psi.</summary>
    public ulong Root { get; }

    /// <inheritdoc cref="NttKernel.Forward"/>
    public void Forward(Span<ulong> values) => _kernel.Forward(values);

    /// <inheritdoc cref="NttKernel.Inverse"/>
    public void Inverse(Span<ulong> values) => _kernel.Inverse(values);

    /// <inheritdoc cref="NttKernel.InverseOfProduct"/>
    public void InverseOfProduct(ReadOnlySpan<ulong> left, FixedFactors right, Span<ulong> destination)
        => _kernel.InverseOfProduct(left, right, destination);
}
