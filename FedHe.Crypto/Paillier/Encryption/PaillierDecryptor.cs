using FedHe.Crypto.Authoring;
using FedHe.Crypto.Ciphertexts;
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
        batches.Run(
            destination, own.CiphertextCount, (values, first, end) => DecryptBatch(decryption, own, first, end, values));
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

    private void DecryptBatch(CrtDecryption decryption, PaillierVector vector, int first, int end, Span<double> values)
    {
        using BatchWorkspace workspace = batches.RentWorkspace();
        int perCiphertext = parameters.ValuesPerCiphertext;
        int messageLength = parameters.ModulusLength;
        int length = parameters.CiphertextLength;
        Span<byte> messages = workspace.Messages[..((end - first) * messageLength)];
        decryption.Decrypt(vector.Bytes[(first * length)..(end * length)], messages);
        for (int i = 0; i < end - first; i++)
        {
            int start = (first + i) * perCiphertext;
            Span<double> batch = values.Slice(start, Math.Min(perCiphertext, values.Length - start));
            vector.Modulus.Packing.Decode(messages.Slice(i * messageLength, messageLength), batch);
        }
    }
}
