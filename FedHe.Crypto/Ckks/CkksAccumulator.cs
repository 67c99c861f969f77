using FedHe.Crypto.Kernels;

namespace FedHe.Crypto.Ckks;

/// <summary>The sum of w*(c0, c1) modulo every prime: integer arithmetic, so the order of arrival does not matter.</summary>
internal sealed class CkksAccumulator(CkksRing ring, int length) : WeightedAccumulator<CkksVector>(ring.Parameters, length)
{
    private CkksBlock? _sum;

    protected override void CheckLevel(CkksVector vector)
    {
        if (vector.LimbCount != _sum!.LimbCount)
        {
            Throw.LevelMismatch();
        }
    }

    protected override void Fold(CkksVector vector, long weight)
    {
        // A disposed vector throws here, before a sum of its level exists.
        _ = vector.Limb(ciphertext: 0, polynomial: 0, limb: 0);
        if (_sum is null)
        {
            _sum = new CkksBlock(ring.Parameters, Length, VectorForm.Full, vector.LimbCount);
            _sum.Clear();
        }

        using CkksPolynomialSource c1 = new(ring, vector);
        using CkksWorkspace workspace = ring.Workspaces.Rent();
        for (int limb = 0; limb < _sum.LimbCount; limb++)
        {
            ulong modulus = ring.Parameters.Moduli[limb];
            var factor = ShoupFactor.Create((ulong)weight % modulus, modulus);
            for (int ciphertext = 0; ciphertext < vector.CiphertextCount; ciphertext++)
            {
                PolynomialKernel.Default.AddScaled(
                    _sum.Limb(ciphertext, 0, limb), vector.Limb(ciphertext, 0, limb), factor, modulus);
                PolynomialKernel.Default.AddScaled(
                    _sum.Limb(ciphertext, 1, limb), c1.Limb(ciphertext, limb, workspace.Polynomial), factor, modulus);
            }
        }
    }

    protected override CkksVector CopySum()
    {
        var copy = new CkksBlock(ring.Parameters, Length, VectorForm.Full, _sum!.LimbCount);
        _sum.CopyTo(copy);
        return new CkksVector(ring.Parameters, KeyId, Length, Bound, copy);
    }

    protected override CkksVector TakeSum()
    {
        var sum = new CkksVector(ring.Parameters, KeyId, Length, Bound, _sum!);
        _sum = null;
        return sum;
    }

    protected override void ReleaseSum()
    {
        _sum?.Dispose();
        _sum = null;
    }
}
