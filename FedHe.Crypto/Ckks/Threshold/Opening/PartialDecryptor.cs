using System.Buffers.Binary;
using FedHe.Crypto.Authoring;
using FedHe.Crypto.Ciphertexts;
using FedHe.Crypto.Ckks.Ring;
using FedHe.Crypto.Ckks.Threshold.Keys;
using FedHe.Crypto.Ckks.Threshold.Parameters;
using FedHe.Crypto.Ckks.Vectors;
using FedHe.Crypto.Errors;
using FedHe.Crypto.Identities;
using FedHe.Crypto.Kernels.Threads;
using FedHe.Crypto.Keys;
using FedHe.Crypto.Random;

namespace FedHe.Crypto.Ckks.Threshold.Opening;

/// <summary>
/// A partial decryptor answers requests to open vectors with one party's share: h = c1*(share times its factor) + noise, for every
/// ciphertext once. It is thread-safe.
/// </summary>
/// <remarks>
/// A party answers for vectors that it has reason to open: sums whose uploads it saw authenticated. Contributors are semi-honest:
/// one that is not learns the secret key from one opening. Sources: Mouchet, Bertrand and Hubaux, ePrint 2022/780, section 3;
/// docs/parameters.md for the noise.
/// </remarks>
public sealed class PartialDecryptor
{
    private readonly CkksRing _ring;
    private readonly ThresholdParameters _parameters;
    private readonly ThresholdKeyShare _share;
    private readonly OpeningLedger _ledger;
    private readonly EncryptionRandomSource _random;

    internal PartialDecryptor(
        CkksRing ring, ThresholdParameters parameters, ThresholdKeyShare share, OpeningLedger ledger, EncryptionRandomSource random)
    {
        _ring = ring;
        _parameters = parameters;
        _share = share;
        _ledger = ledger;
        _random = random;
    }

    /// <summary>The identity of the key whose vectors the party opens.</summary>
    public KeyId KeyId => _share.KeyId;

    /// <summary>Answers a request to open a vector, and records all of its ciphertexts first.</summary>
    /// <param name="vector">The vector, in full form.</param>
    /// <param name="parties">
    /// The parties that open it, exactly as many as are needed and this one among them. The set is announced before anyone answers, and
    /// never changed.
    /// </param>
    /// <returns>The answer, which the caller disposes.</returns>
    /// <exception cref="HeMismatchException">
    /// The vector belongs to other parameters or another key, is not in full form, or has a ciphertext that was answered before; or the set
    /// does not fit.
    /// </exception>
    /// <exception cref="HeFormatException">Bytes that the vector reads in place changed since they were checked.</exception>
    /// <exception cref="HePublicationException">The openings that the noise was planned for are spent.</exception>
    /// <exception cref="ObjectDisposedException">The share or the vector was disposed.</exception>
    public PartialDecryption Decrypt(EncryptedVector vector, PartySet parties)
    {
        CkksVector given = VectorGuard.Check<CkksVector>(_ring.Parameters, vector, KeyId);

        // The ledger records what the share is multiplied by, so bytes of somebody else must not change between the two.
        using CkksVector own = given.WithDropped(given.Dropped, given.Bound);
        if (own.Form != VectorForm.Full)
        {
            throw Throw.VectorNotUnderPublicKey();
        }

        if (!parties.Fits(_parameters) || !parties.Contains(_share.Party))
        {
            throw Throw.WrongOpeningSet(_parameters.Threshold);
        }

        using SecretKeyUse use = _share.Use();
        Digest[] digests = CiphertextDigests.Of(_ring, own);
        if (!own.IsInRange)
        {
            throw new HeFormatException(FormatError.FieldOutOfRange, "encrypted vector");
        }

        Digest name = CiphertextDigests.Join(digests);
        var answer = new PartialDecryption(_ring, _parameters, KeyId, _share.Party, parties, name, own.Length);
        FixedPolynomial? folded = null;
        try
        {
            _ledger.Record(digests, parties);
            folded = _parameters.NeedsAll ? null : LagrangeFactors.Fold(_ring, _share, parties);
            Answer(own, folded ?? _share.Polynomial, answer);
            return answer;
        }
        catch
        {
            answer.Dispose();
            throw;
        }
        finally
        {
            folded?.Zero();
        }
    }

    private void Answer(CkksVector vector, FixedPolynomial share, PartialDecryption answer)
    {
        // Randomness that repeats itself, as in a machine that is resumed twice, must not repeat noise over other ciphertexts or for
        // another set.
        Span<byte> name = stackalloc byte[Digest.SizeInBytes + sizeof(ulong)];
        answer.Vector.CopyTo(name);
        BinaryPrimitives.WriteUInt64LittleEndian(name[Digest.SizeInBytes..], answer.Parties.Bits);
        using SecretStreams secrets = _random.DrawSecret(name, maxDegreeOfParallelism: 1);
        ParallelRanges.Run(
            vector.CiphertextCount,
            _ring.MaxDegreeOfParallelism,
            (first, end) => AnswerRange(vector, share, secrets, first, end, answer));
    }

    private void AnswerRange(
        CkksVector vector, FixedPolynomial share, SecretStreams secrets, int first, int end, PartialDecryption answer)
    {
        using var flooding = new FloodingSampler(_ring, _parameters.Flooding, secrets.Open());
        using CkksWorkspace workspace = _ring.Workspaces.Rent();

        // c1*share alone gives the share away, so it stays in pinned memory that is zeroed.
        Span<ulong> product = workspace.Polynomial;
        for (int ciphertext = first; ciphertext < end; ciphertext++)
        {
            flooding.Draw(ciphertext);
            for (int limb = 0; limb < _ring.LimbCount; limb++)
            {
                ReadOnlySpan<ulong> c1 = vector.Limb(ciphertext, polynomial: 1, limb, workspace.SecondPolynomial);
                _ring.Transforms[limb].InverseOfProduct(c1, share.Limb(limb), product);
                flooding.AddTo(product, limb);
                product.CopyTo(answer.Limb(ciphertext, limb));
            }
        }
    }
}
