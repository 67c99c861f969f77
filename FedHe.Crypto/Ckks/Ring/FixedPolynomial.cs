using FedHe.Crypto.Kernels.Modular;

namespace FedHe.Crypto.Ckks.Ring;

/// <summary>
/// A fixed polynomial is a transformed polynomial, prepared as the fixed factor of products: the secret key, or a part
/// of the public key. It is pinned, and the owner of a secret one zeroes it.
/// </summary>
internal sealed class FixedPolynomial
{
    private readonly FixedFactorBuffer[] _limbs;

    public FixedPolynomial(CkksRing ring)
        => _limbs = [.. Enumerable.Range(0, ring.LimbCount).Select(_ => new FixedFactorBuffer(ring.Degree))];

    public FixedFactors Limb(int limb) => _limbs[limb].Factors;

    public void Set(int limb, ReadOnlySpan<ulong> transformed, ulong modulus) => _limbs[limb].Set(transformed, modulus);

    public void Zero() => Array.ForEach(_limbs, limb => limb.Zero());
}
