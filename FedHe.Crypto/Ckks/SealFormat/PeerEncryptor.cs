using FedHe.Crypto.Authoring;
using FedHe.Crypto.Bounds;
using FedHe.Crypto.Ciphertexts;
using FedHe.Crypto.Ckks.Vectors;
using FedHe.Crypto.Identities;
using FedHe.Crypto.Kernels.Memory;
using FedHe.Crypto.Kernels.Values;
using FedHe.Crypto.Operations;
using FedHe.Crypto.Parameters;

namespace FedHe.Crypto.Ckks.SealFormat;

/// <summary>
/// A peer encryptor lets another program encrypt, one ciphertext at a time, and checks the files that come back.
/// </summary>
internal sealed class PeerEncryptor(SealVectorConverter vectors, KeyId keyId, SealBatchEncryption encrypt) : IEncryptor
{
    public HeParameters Parameters => vectors.Parameters;

    public KeyId KeyId => keyId;

    public VectorForm Form => VectorForm.Full;

    public VectorBound FreshBound(double maxAbs) => vectors.FreshBound(maxAbs);

    public EncryptedVector Encrypt(ReadOnlySpan<float> values, double maxAbs)
    {
        ValueGuard.CheckValues(values, maxAbs);
        double[] wide = SecretMemory.Allocate<double>(values.Length);
        try
        {
            ValueKernel.Widen(values, wide);
            return EncryptCore(wide, maxAbs);
        }
        finally
        {
            SecretMemory.Zero<double>(wide);
        }
    }

    public EncryptedVector Encrypt(ReadOnlySpan<double> values, double maxAbs)
    {
        ValueGuard.CheckValues(values, maxAbs);
        return EncryptCore(values, maxAbs);
    }

    private EncryptedVector EncryptCore(ReadOnlySpan<double> values, double maxAbs)
    {
        VectorBound bound = FreshBound(maxAbs);
        int perCiphertext = vectors.Parameters.ValuesPerCiphertext;
        var files = new ReadOnlyMemory<byte>[CkksBlock.CiphertextsOf(vectors.Parameters, values.Length)];
        for (int i = 0; i < files.Length; i++)
        {
            int start = i * perCiphertext;
            files[i] = encrypt(values.Slice(start, Math.Min(perCiphertext, values.Length - start)));
        }

        return vectors.ReadVector(files, values.Length, keyId, bound);
    }
}
