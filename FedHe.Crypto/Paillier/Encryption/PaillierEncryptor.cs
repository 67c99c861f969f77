using System.Numerics;
using FedHe.Crypto.Authoring;
using FedHe.Crypto.Bounds;
using FedHe.Crypto.Ciphertexts;
using FedHe.Crypto.Errors;
using FedHe.Crypto.Identities;
using FedHe.Crypto.Kernels.Hashing;
using FedHe.Crypto.Keys;
using FedHe.Crypto.Operations;
using FedHe.Crypto.Paillier.Keys;
using FedHe.Crypto.Paillier.Parameters;
using FedHe.Crypto.Paillier.Randomness;
using FedHe.Crypto.Paillier.Vectors;
using FedHe.Crypto.Parameters;
using FedHe.Crypto.Random;

namespace FedHe.Crypto.Paillier.Encryption;

/// <summary>
/// A Paillier encryptor packs values into the fields of messages m, and encrypts each as (1 + m*n)*h_s^r modulo n^2.
/// </summary>
/// <param name="parameters">The parameters of the key.</param>
/// <param name="key">The public key.</param>
/// <param name="secretKey">The secret key, where it encrypts; it does so by its public key.</param>
/// <param name="randomizers">The source of h_s^r.</param>
/// <param name="random">The source of the exponents r, which depend on all values of the vector.</param>
/// <param name="batches">The division of the work.</param>
internal sealed class PaillierEncryptor(
    PaillierParameters parameters,
    PaillierPublicKey key,
    PaillierSecretKey? secretKey,
    RandomizerSource randomizers,
    EncryptionRandomSource random,
    CiphertextBatches batches) : IEncryptor
{
    public HeParameters Parameters => parameters;

    public KeyId KeyId => key.KeyId;

    public VectorForm Form => VectorForm.Full;

    /// <summary>Computes the bound of a fresh vector.</summary>
    /// <exception cref="HeCapacityException">Values of this magnitude do not fit a field.</exception>
    public static VectorBound FreshBound(PaillierParameters parameters, double maxAbs)
    {
        ValueGuard.CheckBound(maxAbs);
        VectorBound bound = new VectorBound(maxAbs, parameters.Sums.Rounding, NoiseMax: 0, NoiseVariance: 0).RoundUp();
        VectorGuard.CheckFits(parameters, bound);
        return bound;
    }

    public VectorBound FreshBound(double maxAbs) => FreshBound(parameters, maxAbs);

    public EncryptedVector Encrypt(ReadOnlySpan<float> values, double maxAbs) => EncryptCore(values, maxAbs);

    public EncryptedVector Encrypt(ReadOnlySpan<double> values, double maxAbs) => EncryptCore(values, maxAbs);

    private PaillierVector EncryptCore<T>(ReadOnlySpan<T> values, double maxAbs)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        using SecretKeyUse? use = secretKey?.Use();
        ValueGuard.CheckValues(values, maxAbs);
        VectorBound bound = FreshBound(maxAbs);
        var ciphertexts = new PaillierCiphertexts(parameters, values.Length);
        var vector = new PaillierVector(parameters, key.Modulus, values.Length, bound, ciphertexts);
        try
        {
            // The digest is four orders of magnitude faster than encryption, so it needs no threads.
            using SecretStreams secrets = random.DrawSecret(UniversalHashKernel.BytesOf(values), maxDegreeOfParallelism: 1);
            batches.Run(values, vector.CiphertextCount, (span, first, end) => EncryptBatch<T>(span, vector, secrets, first, end));
            return vector;
        }
        catch
        {
            vector.Dispose();
            throw;
        }
    }

    private void EncryptBatch<T>(ReadOnlySpan<T> values, PaillierVector vector, SecretStreams secrets, int first, int end)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        using BatchWorkspace workspace = batches.RentWorkspace();
        int count = end - first;
        int perCiphertext = parameters.ValuesPerCiphertext;
        int messageLength = parameters.ModulusLength;
        int length = parameters.CiphertextLength;
        Span<byte> messages = workspace.Messages[..(count * messageLength)];
        for (int i = 0; i < count; i++)
        {
            int start = (first + i) * perCiphertext;
            ReadOnlySpan<T> batch = values.Slice(start, Math.Min(perCiphertext, values.Length - start));
            key.Modulus.Packing.Encode(batch, messages.Slice(i * messageLength, messageLength)); // m
        }

        Span<byte> rho = workspace.Randomizers[..(count * length)];
        using SecretStream stream = secrets.Open();
        stream.MoveTo(first);
        randomizers.Create(rho, stream); // h_s^r
        key.Modulus.Arithmetic.Encrypt(messages, rho, vector.Bytes[(first * length)..(end * length)]); // (1 + m*n)*h_s^r
    }
}
