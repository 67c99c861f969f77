using FedHe.Crypto.Kernels;

namespace FedHe.Crypto.Ckks;

/// <summary>
/// A polynomial in transformed form, every limb, prepared as the fixed factor of products: the secret key or a part of
/// the public key. Pinned; a secret one is zeroed by its owner.
/// </summary>
internal sealed class FixedPolynomial
{
    private readonly ulong[][] _values;
    private readonly ulong[][] _quotients;

    public FixedPolynomial(CkksRing ring)
    {
        _values = [.. Enumerable.Range(0, ring.LimbCount).Select(_ => SecretMemory.Allocate<ulong>(ring.Degree))];
        _quotients = [.. Enumerable.Range(0, ring.LimbCount).Select(_ => SecretMemory.Allocate<ulong>(ring.Degree))];
    }

    public FixedFactors Limb(int limb) => new(_values[limb], _quotients[limb]);

    public void Set(int limb, ReadOnlySpan<ulong> transformed, ulong modulus)
    {
        for (int i = 0; i < transformed.Length; i++)
        {
            (_values[limb][i], _quotients[limb][i]) = ShoupFactor.Create(transformed[i], modulus);
        }
    }

    public void Zero()
    {
        foreach (ulong[] limb in _values.Concat(_quotients))
        {
            SecretMemory.Zero<ulong>(limb);
        }
    }
}
