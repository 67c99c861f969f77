using FedHe.Crypto.Authoring;
using FedHe.Crypto.Ciphertexts;
using FedHe.Crypto.Identities;
using FedHe.Crypto.Kernels.Memory;
using FedHe.Crypto.Kernels.Threads;
using FedHe.Crypto.Keys;
using FedHe.Crypto.Operations;
using FedHe.Crypto.Seal.Native;

namespace FedHe.Crypto.Seal;

/// <summary>A SEAL decryptor decrypts vectors through SEAL.</summary>
internal sealed class SealDecryptor(SealSetting setting, SealSecretKey key) : IDecryptor
{
    public KeyId KeyId => key.KeyId;

    public void Decrypt(EncryptedVector vector, Span<double> destination)
        => DecryptCore(vector, destination, flooding: null);

    public void DecryptPublic(EncryptedVector vector, int precisionBits, Span<double> destination)
    {
        ValueGuard.CheckPrecision(precisionBits);
        SealVector own = VectorGuard.Check<SealVector>(setting.Parameters, vector, KeyId);
        ValueGuard.CheckDestination(vector, destination);
        ObjectDisposedException.ThrowIf(key.IsDisposed, key);
        NoiseFlooding flooding = setting.Errors.Flooding(own.Bound);
        PublicationGrid grid = PublicationGrid.Demand(own.Bound.MaxAbs, flooding.ErrorOf(own.Bound), precisionBits);
        key.CountPublications(own.CiphertextCount);
        DecryptCore(own, destination, flooding);
        grid.Round(destination);
    }

    private void DecryptCore(EncryptedVector vector, Span<double> destination, NoiseFlooding? flooding)
    {
        SealVector own = VectorGuard.Check<SealVector>(setting.Parameters, vector, KeyId);
        ValueGuard.CheckDestination(vector, destination);
        using SecretKeyUse use = key.Use();
        ParallelRanges.Run(
            destination,
            own.CiphertextCount,
            setting.MaxDegreeOfParallelism,
            (values, first, end) => DecryptRange(own, first, end, values, flooding));
    }

    private void DecryptRange(SealVector vector, int first, int end, Span<double> values, NoiseFlooding? flooding)
    {
        using MemoryPoolHandle pool = SealEngine.CreateSecretPool();
        using PlaintextHandle plaintext = SealEngine.CreatePlaintext(pool);
        using CiphertextHandle ciphertext = SealEngine.CreateCiphertext();
        int perCiphertext = setting.Parameters.ValuesPerCiphertext;
        double[] slots = SecretMemory.Allocate<double>(perCiphertext);
        try
        {
            for (int i = first; i < end; i++)
            {
                setting.Engine.Load(vector.File(i), ciphertext);
                SealEngine.Decrypt(key.Decryptor, ciphertext, plaintext);
                setting.Engine.Decode(plaintext, slots, pool);
                flooding?.AddTo(slots);
                int start = i * perCiphertext;
                slots.AsSpan(0, Math.Min(perCiphertext, values.Length - start)).CopyTo(values[start..]);
            }
        }
        finally
        {
            SecretMemory.Zero<double>(slots);
        }
    }
}
