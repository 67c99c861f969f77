using FedHe.Crypto.Authoring;
using FedHe.Crypto.Ciphertexts;
using FedHe.Crypto.Errors;
using FedHe.Crypto.Identities;
using FedHe.Crypto.Keys;
using FedHe.Crypto.Operations;
using FedHe.Crypto.Paillier.Arithmetic;
using FedHe.Crypto.Paillier.Keys;
using FedHe.Crypto.Paillier.Parameters;
using FedHe.Crypto.Paillier.Vectors;

namespace FedHe.Crypto.Paillier.Encryption;

/// <summary>
/// A Paillier decryptor decrypts ciphertexts into messages, and unpacks the fields of the messages into values.
/// </summary>
internal sealed class PaillierDecryptor(
    PaillierParameters parameters, PaillierSecretKey key, CiphertextBatches batches) : IDecryptor
{
    public KeyId KeyId => key.KeyId;

    public void Decrypt(EncryptedVector vector, Span<double> destination)
    {
        PaillierVector own = VectorGuard.Check<PaillierVector>(parameters, vector, KeyId);
        ValueGuard.CheckDestination(vector, destination);
        using SecretKeyUse use = key.Use();
        CrtDecryption decryption = key.Decryption;
        int refused = 0;
        batches.Run(destination, own.CiphertextCount, (values, first, end) =>
        {
            if (!TryDecryptBatch(decryption, own, first, end, values))
            {
                Volatile.Write(ref refused, 1);
            }
        });
        if (refused != 0)
        {
            destination.Clear();
            throw Throw.NotASumOfFields();
        }
    }

    public void DecryptPublic(EncryptedVector vector, int precisionBits, Span<double> destination)
    {
        ArgumentNullException.ThrowIfNull(vector);
        ValueGuard.CheckPrecision(precisionBits);
        PublicationGrid grid = PublicationGrid.Demand(vector.Bound.MaxAbs, vector.Bound.ErrorBound, precisionBits);

        // Sums are exact: there is no noise to hide, and rounding alone keeps the contract of the step.
        Decrypt(vector, destination);
        grid.Round(destination);
    }

    /// <summary>Decrypts a batch, and tells whether every message is what encoding sums of values gives.</summary>
    private bool TryDecryptBatch(CrtDecryption decryption, PaillierVector vector, int first, int end, Span<double> values)
    {
        using BatchWorkspace workspace = batches.RentWorkspace();
        int perCiphertext = parameters.ValuesPerCiphertext;
        int messageLength = parameters.ModulusLength;
        int length = parameters.CiphertextLength;
        Span<byte> messages = workspace.Messages[..((end - first) * messageLength)];
        decryption.Decrypt(vector.Bytes[(first * length)..(end * length)], messages);
        bool isCanonical = true;
        for (int i = 0; i < end - first; i++)
        {
            int start = (first + i) * perCiphertext;
            Span<double> batch = values.Slice(start, Math.Min(perCiphertext, values.Length - start));
            isCanonical &= vector.Modulus.Packing.TryDecode(messages.Slice(i * messageLength, messageLength), batch);
        }

        return isCanonical;
    }
}
