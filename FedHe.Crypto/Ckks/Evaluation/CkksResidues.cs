using FedHe.Crypto.Authoring;
using FedHe.Crypto.Ciphertexts;
using FedHe.Crypto.Ckks.Ring;
using FedHe.Crypto.Ckks.Vectors;
using FedHe.Crypto.Operations;

namespace FedHe.Crypto.Ckks.Evaluation;

/// <summary>CKKS residues are the limbs of c0 as coefficients and of c1 transformed, expanded where seeds stand for it.</summary>
internal sealed class CkksResidues(CkksRing ring) : ICiphertextResidues
{
    public IReadOnlyList<long> Primes { get; } = Array.ConvertAll(ring.Parameters.Moduli.ToArray(), modulus => (long)modulus);

    public int PolynomialLength => ring.Degree;

    public int PolynomialCount(EncryptedVector vector) => 2 * VectorGuard.Check<CkksVector>(ring.Parameters, vector).CiphertextCount;

    public void CopyTo(EncryptedVector vector, int polynomial, int prime, Span<ulong> destination)
    {
        CkksVector own = VectorGuard.Check<CkksVector>(ring.Parameters, vector);
        VectorGuard.CheckLevel(ring.LimbCount, own.LimbCount);
        ArgumentOutOfRangeException.ThrowIfNegative(polynomial);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(polynomial, 2 * own.CiphertextCount);
        ArgumentOutOfRangeException.ThrowIfNegative(prime);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(prime, ring.LimbCount);
        ArgumentOutOfRangeException.ThrowIfNotEqual(destination.Length, ring.Degree, nameof(destination));
        (int ciphertext, int part) = Math.DivRem(polynomial, 2);

        // The seeds of a disposed vector would still give a c1.
        own.ThrowIfDisposed();
        if (part == 0)
        {
            own.CopyLimb(ciphertext, polynomial: 0, prime, destination);
            return;
        }

        using CkksPolynomialSource c1 = new(ring, own);
        using CkksWorkspace workspace = ring.Workspaces.Rent();
        c1.Limb(ciphertext, prime, workspace).CopyTo(destination);
    }
}
