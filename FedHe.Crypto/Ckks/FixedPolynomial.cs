using FedHe.Crypto.Kernels;

namespace FedHe.Crypto.Ckks;

/// <summary>
/// A polynomial in transformed form, every limb, prepared as the fixed factor of products: the secret key or a part of
/// the public key. Pinned; a secret one is zeroed by its owner.
/// </summary>
internal sealed class FixedPolynomial
{
    private readonly ShoupFactor[][] _limbs;

    public FixedPolynomial(CkksRing ring)
    {
        _limbs = [.. Enumerable.Range(0, ring.LimbCount).Select(_ => SecretMemory.Allocate<ShoupFactor>(ring.Degree))];
    }

    public ReadOnlySpan<ShoupFactor> Limb(int limb) => _limbs[limb];

    public void Set(int limb, ReadOnlySpan<ulong> transformed, ulong modulus)
    {
        ShoupFactor[] factors = _limbs[limb];
        for (int i = 0; i < factors.Length; i++)
        {
            factors[i] = ShoupFactor.Create(transformed[i], modulus);
        }
    }

    public void Zero()
    {
        foreach (ShoupFactor[] limb in _limbs)
        {
            SecretMemory.Zero<ShoupFactor>(limb);
        }
    }
}
