using FedHe.Crypto.Bounds;
using FedHe.Crypto.Ciphertexts;
using FedHe.Crypto.Ckks.Parameters;
using FedHe.Crypto.Ckks.Vectors;
using FedHe.Crypto.Identities;
using FedHe.Crypto.Kernels.Memory;
using FedHe.Crypto.Kernels.Values;
using FedHe.Crypto.Operations;
using FedHe.Crypto.Parameters;

namespace FedHe.Crypto.Ckks.SealFormat;

/// <summary>Encrypts by another program, a ciphertext at a time, and checks what that gives back.</summary>
internal sealed class PeerEncryptor(
    SealExchange exchange, CkksParameters parameters, KeyId keyId, SealBatchEncryption encrypt) : IEncryptor
{
    public HeParameters Parameters => parameters;

    public KeyId KeyId => keyId;

    public VectorBound FreshBound(double maxAbs) => exchange.FreshBound(maxAbs);

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
        var files = new ReadOnlyMemory<byte>[CkksBlock.CiphertextsOf(parameters, values.Length)];
        for (int i = 0; i < files.Length; i++)
        {
            int start = i * parameters.ValuesPerCiphertext;
            files[i] = encrypt(values.Slice(start, Math.Min(parameters.ValuesPerCiphertext, values.Length - start)));
        }

        return exchange.ReadVector(files, values.Length, keyId, bound);
    }
}
