using System.Numerics;
using FedHe.Crypto.Authoring;
using FedHe.Crypto.Bounds;
using FedHe.Crypto.Ciphertexts;
using FedHe.Crypto.Identities;
using FedHe.Crypto.Keys;
using FedHe.Crypto.Operations;
using FedHe.Crypto.Parameters;

namespace FedHe.Crypto.Paillier;

/// <summary>
/// Encryption: the number of a ciphertext's fields, as (1 + m*n)*h_s^r modulo n^2. The secret key encrypts as its public key
/// does.
/// </summary>
internal sealed class PaillierEncryptor(PaillierSetup setup, PaillierPublicKey key, PaillierSecretKey? secretKey) : IEncryptor
{
    private readonly RandomizerPool? _pool = setup.PoolOf(key);

    public HeParameters Parameters => setup.Parameters;

    public KeyId KeyId => key.KeyId;

    public VectorForm Form => VectorForm.Full;

    public static VectorBound FreshBound(PaillierParameters parameters, double maxAbs)
    {
        ValueGuard.CheckBound(maxAbs);
        VectorBound bound = new VectorBound(maxAbs, parameters.Sums.Rounding, NoiseMax: 0, NoiseVariance: 0).RoundUp();
        VectorGuard.CheckFits(parameters, bound);

        return bound;
    }

    public VectorBound FreshBound(double maxAbs) => FreshBound(setup.Parameters, maxAbs);

    public EncryptedVector Encrypt(ReadOnlySpan<float> values, double maxAbs) => EncryptCore(values, maxAbs);

    public EncryptedVector Encrypt(ReadOnlySpan<double> values, double maxAbs) => EncryptCore(values, maxAbs);

    private PaillierVector EncryptCore<T>(ReadOnlySpan<T> values, double maxAbs)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        using SecretKeyUse? use = secretKey?.Use();
        ValueGuard.CheckValues(values, maxAbs);
        VectorBound bound = FreshBound(maxAbs);
        var block = new PaillierBlock(setup.Parameters, values.Length);
        var vector = new PaillierVector(setup, key.Modulus, values.Length, bound, block);
        try
        {
            PaillierBatches.Run(
                values,
                vector.CiphertextCount,
                setup.MaxDegreeOfParallelism,
                (span, first, end) => EncryptBatch<T>(span, vector, first, end));
            return vector;
        }
        catch
        {
            vector.Dispose();
            throw;
        }
    }

    private void EncryptBatch<T>(ReadOnlySpan<T> values, PaillierVector vector, int first, int end)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        using PaillierWorkspace workspace = setup.Workspaces.Rent();
        int count = end - first;
        int perCiphertext = setup.Parameters.ValuesPerCiphertext;
        int messageLength = setup.Parameters.ModulusLength;
        int length = setup.Parameters.CiphertextLength;
        Span<byte> messages = workspace.Messages[..(count * messageLength)];
        for (int i = 0; i < count; i++)
        {
            int start = (first + i) * perCiphertext;
            ReadOnlySpan<T> batch = values.Slice(start, Math.Min(perCiphertext, values.Length - start));
            key.Modulus.Packing.Encode(batch, messages.Slice(i * messageLength, messageLength));
        }

        Span<byte> randomizers = workspace.Randomizers[..(count * length)];
        int taken = _pool?.Take(randomizers) ?? 0;
        if (taken < count)
        {
            key.Randomizers.Create(randomizers[(taken * length)..]);
        }

        key.Modulus.Arithmetic.Encrypt(messages, randomizers, vector.Bytes[(first * length)..(end * length)]);
    }
}
