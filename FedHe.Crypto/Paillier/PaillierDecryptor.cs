using FedHe.Crypto.Authoring;
using FedHe.Crypto.Ciphertexts;
using FedHe.Crypto.Identities;
using FedHe.Crypto.Keys;
using FedHe.Crypto.Operations;

namespace FedHe.Crypto.Paillier;

/// <summary>Decryption of ciphertexts into the numbers of their fields, and of these into values.</summary>
internal sealed class PaillierDecryptor(PaillierSetup setup, PaillierSecretKey key) : IDecryptor
{
    public KeyId KeyId => key.KeyId;

    public void Decrypt(EncryptedVector vector, Span<double> destination)
    {
        PaillierVector own = VectorGuard.Check<PaillierVector>(setup.Parameters, vector, KeyId);
        ValueGuard.CheckDestination(vector, destination);
        using SecretKeyUse use = key.Use();
        PaillierSecretArithmetic arithmetic = key.Arithmetic;
        PaillierBatches.Run(
            destination,
            own.CiphertextCount,
            setup.MaxDegreeOfParallelism,
            (values, first, end) => DecryptBatch(arithmetic, own, first, end, values));
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

    private void DecryptBatch(PaillierSecretArithmetic arithmetic, PaillierVector vector, int first, int end, Span<double> values)
    {
        using PaillierWorkspace workspace = setup.Workspaces.Rent();
        int perCiphertext = setup.Parameters.ValuesPerCiphertext;
        int messageLength = setup.Parameters.ModulusLength;
        int length = setup.Parameters.CiphertextLength;
        Span<byte> messages = workspace.Messages[..((end - first) * messageLength)];
        arithmetic.Decrypt(vector.Bytes[(first * length)..(end * length)], messages);
        for (int i = 0; i < end - first; i++)
        {
            int start = (first + i) * perCiphertext;
            Span<double> batch = values.Slice(start, Math.Min(perCiphertext, values.Length - start));
            vector.Modulus.Packing.Decode(messages.Slice(i * messageLength, messageLength), batch);
        }
    }
}
