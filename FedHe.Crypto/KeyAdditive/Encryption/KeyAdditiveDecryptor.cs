using FedHe.Crypto.Authoring;
using FedHe.Crypto.Bounds;
using FedHe.Crypto.Ciphertexts;
using FedHe.Crypto.Errors;
using FedHe.Crypto.Identities;
using FedHe.Crypto.Kernels.Threads;
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
internal sealed class KeyAdditiveDecryptor(KeyAdditiveRing ring, RoundKeySum key) : IRangeDecryptor
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
        KeyAdditiveVector own = Check(vector);
        CiphertextRange range = CiphertextRange.Of(vector, start, destination.Length);
        using SecretKeyUse use = key.Use();
        int changed = 0;
        ParallelRanges.Run(
            destination,
            range.Count,
            ring.MaxDegreeOfParallelism,
            (values, first, end) =>
            {
                if (!TryDecryptPart(own, range.First, first, end, values))
                {
                    Volatile.Write(ref changed, 1);
                }
            });
        if (changed != 0)
        {
            destination.Clear();
            throw new HeFormatException(FormatError.FieldOutOfRange, "encrypted vector");
        }
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

    private bool TryDecryptPart(KeyAdditiveVector vector, int offset, int first, int end, Span<double> values)
    {
        bool areInRange = true;
        using PublicPolynomials polynomials = new(key.PublicSeed, ring.Modulus);
        using KeyAdditiveWorkspace workspace = ring.Workspaces.Rent();
        int perCiphertext = ring.Parameters.ValuesPerCiphertext;
        for (int ciphertext = first; ciphertext < end; ciphertext++)
        {
            var sum = new PackedSum(vector.Ciphertext(offset + ciphertext), vector.Range, vector.Contributors);
            int start = ciphertext * perCiphertext;
            Span<double> batch = values.Slice(start, Math.Min(perCiphertext, values.Length - start));
            areInRange &= key.Polynomial.Mask.TryDecrypt(polynomials, vector.Position + offset + ciphertext, sum, workspace, batch);
        }

        return areInRange;
    }
}
