using FedHe.Crypto.Authoring;
using FedHe.Crypto.Bounds;
using FedHe.Crypto.Ciphertexts;
using FedHe.Crypto.Errors;
using FedHe.Crypto.Identities;
using FedHe.Crypto.Kernels.BitPacking;
using FedHe.Crypto.Kernels.Polynomials;
using FedHe.Crypto.Kernels.Threads;
using FedHe.Crypto.Kernels.Values;
using FedHe.Crypto.KeyAdditive.Keys;
using FedHe.Crypto.KeyAdditive.Parameters;
using FedHe.Crypto.KeyAdditive.Ring;
using FedHe.Crypto.KeyAdditive.Vectors;
using FedHe.Crypto.Keys;
using FedHe.Crypto.Operations;

namespace FedHe.Crypto.KeyAdditive.Encryption;

/// <summary>
/// A key-additive decryptor opens a sum V of uploads with the sum S of their round keys: it computes
/// 2^t*V + n*(2^t - 1)/2 + a*S, centered, and decodes. The work does not depend on the number of uploads.
/// </summary>
internal sealed class KeyAdditiveDecryptor(KeyAdditiveRing ring, RoundKeySum key) : IDecryptor
{
    public KeyId KeyId => key.KeyId;

    public void Decrypt(EncryptedVector vector, Span<double> destination)
    {
        KeyAdditiveVector own = Check(vector);
        ValueGuard.CheckDestination(vector, destination);
        using SecretKeyUse use = key.Use();
        ParallelRanges.Run(
            destination,
            own.CiphertextCount,
            ring.MaxDegreeOfParallelism,
            (values, first, end) => DecryptRange(own, first, end, values));
    }

    public void DecryptPublic(EncryptedVector vector, int precisionBits, Span<double> destination)
    {
        ValueGuard.CheckPrecision(precisionBits);
        KeyAdditiveVector own = Check(vector);
        PublicationGrid grid = PublicationGrid.Demand(own.Bound.MaxAbs, own.Bound.ErrorBound, precisionBits);
        Decrypt(vector, destination);

        // Round keys and their sum live for one attempt, so that no noise needs to be hidden.
        grid.Round(destination);
    }

    private KeyAdditiveVector Check(EncryptedVector vector)
    {
        KeyAdditiveVector own = VectorGuard.Check<KeyAdditiveVector>(ring.Parameters, vector, KeyId);
        return own.Contributors == key.Contributors
            ? own
            : throw Throw.ContributorsMismatch(key.Contributors, own.Contributors);
    }

    private void DecryptRange(KeyAdditiveVector vector, int first, int end, Span<double> values)
    {
        using PublicPolynomials polynomials = new(key.PublicSeed, ring.Modulus);
        using KeyAdditiveWorkspace workspace = ring.Workspaces.Rent();
        int dropped = ring.Parameters.DroppedBits;
        SumRange range = vector.Range;

        // 2^t*(code + least) + floor(n*(2^t - 1)/2); an odd n leaves one half for later.
        ulong missing = (ulong)vector.Contributors * ((1UL << dropped) - 1);
        ulong offset = (range.Least << dropped) + (missing / 2);
        double half = missing % 2 == 1 && ring.Parameters.ValueEncoding == KeyAdditiveEncoding.FixedPoint ? 0.5 : 0;

        // Nearly always: then the sum with a*S needs no reduction before.
        bool areSmall = ((range.Count << dropped) + offset) < PolynomialKernel.MaxSum - ring.Modulus;
        int perCiphertext = ring.Parameters.ValuesPerCiphertext;
        Span<double> coefficients = workspace.Values.Span[..ring.Degree];
        for (int ciphertext = first; ciphertext < end; ciphertext++)
        {
            polynomials.Expand(vector.Position + ciphertext, workspace.Expansion, workspace.Polynomial); // a, transformed
            ring.Transform.InverseOfProduct(workspace.Polynomial, key.Polynomial.Transformed, workspace.Polynomial); // a*S
            PackedSumKernel.Default.TryRestore(
                vector.Ciphertext(ciphertext), range.Width, range.Count, dropped, offset, workspace.SecondPolynomial);
            if (!areSmall)
            {
                PolynomialKernel.Default.ReduceSigned(
                    PolynomialKernel.AsSigned(workspace.SecondPolynomial), workspace.SecondPolynomial, ring.Modulus);
            }

            PolynomialKernel.Default.CenterSumToReal(
                workspace.Polynomial, workspace.SecondPolynomial, coefficients, ring.Modulus);
            ValueKernel.Add(coefficients, half);
            int start = ciphertext * perCiphertext;
            ring.Packing.Decode(coefficients, values.Slice(start, Math.Min(perCiphertext, values.Length - start)));
        }
    }
}
