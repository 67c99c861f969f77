using FedHe.Crypto.Kernels.Lanes;
using FedHe.Crypto.Kernels.Modular;

namespace FedHe.Crypto.Kernels.Ntt;

/// <summary>
/// The negacyclic number-theoretic transform of degree N modulo one prime, by the fastest kernel of this machine.
/// </summary>
/// <remarks>
/// Forward: natural order in, bit-reversed out, out[i] = a(psi^(2*brev(i)+1)), with psi the smallest primitive 2N-th
/// root of unity (the convention of Microsoft SEAL). Both directions take and give values in [0, p).
/// </remarks>
internal sealed class NttPlan
{
    private readonly NttKernel _kernel;

    public NttPlan(int degree, ulong modulus)
    {
        var roots = new NttRoots(degree, modulus);
        Modulus = modulus;
        Root = roots.Root;
        _kernel = NttKernel.Create(roots, LaneSupport.Best);
    }

    public ulong Modulus { get; }

    /// <summary>psi, the smallest primitive 2N-th root of unity.</summary>
    public ulong Root { get; }

    public void Forward(Span<ulong> values) => _kernel.Forward(values);

    public void Inverse(Span<ulong> values) => _kernel.Inverse(values);

    /// <inheritdoc cref="NttKernel.InverseOfProduct"/>
    public void InverseOfProduct(ReadOnlySpan<ulong> left, FixedFactors right, Span<ulong> destination)
        => _kernel.InverseOfProduct(left, right, destination);
}
