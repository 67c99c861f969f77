using FedHe.Crypto.Kernels.Memory;
using FedHe.Crypto.Kernels.Modular;

namespace FedHe.Crypto.Ckks.Ring;

/// <summary>
/// A fixed polynomial is a transformed polynomial, prepared as the fixed factor of products: the secret key, or a part
/// of the public key. It is pinned, and the owner of a secret one zeroes it.
/// </summary>
internal sealed class FixedPolynomial
{
    private readonly AlignedArray<ulong>[] _values;
    private readonly AlignedArray<ulong>[] _quotients;

    public FixedPolynomial(CkksRing ring)
    {
        _values = [.. Enumerable.Range(0, ring.LimbCount).Select(_ => new AlignedArray<ulong>(ring.Degree))];
        _quotients = [.. Enumerable.Range(0, ring.LimbCount).Select(_ => new AlignedArray<ulong>(ring.Degree))];
    }

    public FixedFactors Limb(int limb) => new(_values[limb], _quotients[limb]);

    public void Set(int limb, ReadOnlySpan<ulong> transformed, ulong modulus)
    {
        Span<ulong> values = _values[limb];
        Span<ulong> quotients = _quotients[limb];
        for (int i = 0; i < transformed.Length; i++)
        {
            (values[i], quotients[i]) = ShoupFactor.Create(transformed[i], modulus);
        }
    }

    public void Zero()
    {
        foreach (AlignedArray<ulong> limb in _values.Concat(_quotients))
        {
            SecretMemory.Zero<ulong>(limb);
        }
    }
}
