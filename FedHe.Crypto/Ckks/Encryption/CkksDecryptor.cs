using FedHe.Crypto.Authoring;
using FedHe.Crypto.Ciphertexts;
using FedHe.Crypto.Ckks.Keys;
using FedHe.Crypto.Ckks.Ring;
using FedHe.Crypto.Ckks.Vectors;
using FedHe.Crypto.Errors;
using FedHe.Crypto.Identities;
using FedHe.Crypto.Kernels.Polynomials;
using FedHe.Crypto.Kernels.Threads;
using FedHe.Crypto.Keys;
using FedHe.Crypto.Operations;
using FedHe.Crypto.Random;

namespace FedHe.Crypto.Ckks.Encryption;

/// <summary>A CKKS decryptor computes m + e = c0 + c1*s, composes it over the primes, centers it and decodes it.</summary>
internal sealed class CkksDecryptor(CkksRing ring, CkksSecretKey key, EncryptionRandomSource random) : IRangeDecryptor
{
    public KeyId KeyId => key.KeyId;

    public int RangeLength { get; } = CiphertextRange.BestLength(ring.Parameters.ValuesPerCiphertext, ring.MaxDegreeOfParallelism);

    public void Decrypt(EncryptedVector vector, Span<double> destination)
    {
        ValueGuard.CheckDestination(vector, destination);
        DecryptRange(vector, start: 0, destination);
    }

    public void DecryptRange(EncryptedVector vector, int start, Span<double> destination)
    {
        CkksVector own = VectorGuard.Check<CkksVector>(ring.Parameters, vector, KeyId);
        DecryptCore(own, CiphertextRange.Of(vector, start, destination.Length), destination, flooding: null);
    }

    public void DecryptPublic(EncryptedVector vector, int precisionBits, Span<double> destination)
    {
        ValueGuard.CheckPrecision(precisionBits);
        CkksVector own = VectorGuard.Check<CkksVector>(ring.Parameters, vector, KeyId);
        ValueGuard.CheckDestination(vector, destination);
        ObjectDisposedException.ThrowIf(key.IsDisposed, key);
        var all = new CiphertextRange(First: 0, own.CiphertextCount);
        if (ring.Parameters.ExactIntegers is not null)
        {
            // A sum of exact integers carries no noise.
            PublicationGrid exact = PublicationGrid.Demand(own.Bound.MaxAbs, own.Bound.ErrorBound, precisionBits);
            DecryptCore(own, all, destination, flooding: null);
            exact.Round(destination);
            return;
        }

        NoiseFlooding flooding = ring.Errors.Flooding(own.Bound, own.SeededWeights);
        PublicationGrid grid = PublicationGrid.Demand(own.Bound.MaxAbs, flooding.ErrorOf(own.Bound), precisionBits);
        key.CountPublications(own.CiphertextCount);
        DecryptCore(own, all, destination, flooding);
        grid.Round(destination);
    }

    private void DecryptCore(CkksVector vector, CiphertextRange range, Span<double> destination, NoiseFlooding? flooding)
    {
        using SecretKeyUse use = key.Use();
        ParallelRanges.Run(
            destination,
            range.Count,
            ring.MaxDegreeOfParallelism,
            (values, first, end) => DecryptPart(vector, range.First, first, end, values, flooding));
        if (!vector.IsInRange)
        {
            destination.Clear();
            throw new HeFormatException(FormatError.FieldOutOfRange, "encrypted vector");
        }
    }

    private void DecryptPart(CkksVector vector, int offset, int first, int end, Span<double> values, NoiseFlooding? flooding)
    {
        using CkksPolynomialSource c1 = new(ring, vector);
        using CkksWorkspace workspace = ring.Workspaces.Rent();
        int perCiphertext = ring.Parameters.ValuesPerCiphertext;
        for (int ciphertext = first; ciphertext < end; ciphertext++)
        {
            Span<double> coefficients = workspace.Values.Span[..ring.Degree];
            DecryptCoefficients(vector, offset + ciphertext, c1, workspace, coefficients);
            flooding?.AddToCoefficients(coefficients, random);
            int start = ciphertext * perCiphertext;
            ring.Packing.Decode(coefficients, values.Slice(start, Math.Min(perCiphertext, values.Length - start)));
        }
    }

    private void DecryptCoefficients(
        CkksVector vector, int ciphertext, CkksPolynomialSource c1, CkksWorkspace workspace, Span<double> coefficients)
    {
        for (int limb = 0; limb < vector.LimbCount; limb++)
        {
            ReadOnlySpan<ulong> polynomial = c1.Limb(ciphertext, limb, workspace);
            ring.Transforms[limb].InverseOfProduct(polynomial, key.Transformed.Limb(limb), Product(workspace, limb)); // c1*s
        }

        if (vector.LimbCount == 1)
        {
            ReadOnlySpan<ulong> c0 = vector.Limb(ciphertext, polynomial: 0, limb: 0, workspace.Polynomial);
            PolynomialKernel.Default.UnmaskSum(
                Product(workspace, limb: 0), c0, addend: 0, inverseScale: 1, coefficients, ring.Transforms[0].Modulus); // c0 + c1*s
            return;
        }

        for (int limb = 0; limb < vector.LimbCount; limb++)
        {
            ReadOnlySpan<ulong> c0 = vector.Limb(ciphertext, polynomial: 0, limb, workspace.Polynomial);
            PolynomialKernel.Default.Add(Product(workspace, limb), c0, ring.Transforms[limb].Modulus); // c0 + c1*s
        }

        if (ring.Plaintexts is { } plaintexts)
        {
            plaintexts.Compose(workspace.Limbs, ring.Degree, coefficients);
            return;
        }

        ring.Composers[vector.LimbCount - 1].Compose(workspace.Limbs, ring.Degree, coefficients);
    }

    private Span<ulong> Product(CkksWorkspace workspace, int limb)
        => workspace.Limbs.Span.Slice(limb * ring.Degree, ring.Degree);
}
