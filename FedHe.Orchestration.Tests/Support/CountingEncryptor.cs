using FedHe.Crypto.Bounds;
using FedHe.Crypto.Ciphertexts;
using FedHe.Crypto.Identities;
using FedHe.Crypto.Operations;
using FedHe.Crypto.Parameters;

namespace FedHe.Orchestration.Tests.Support;

/// <summary>An encryptor in the place of a client's own, which counts what it encrypts.</summary>
internal sealed class CountingEncryptor(IEncryptor inner) : IEncryptor
{
    public HeParameters Parameters => inner.Parameters;

    public KeyId KeyId => inner.KeyId;

    public VectorForm Form => inner.Form;

    public int Vectors { get; private set; }

    public VectorBound FreshBound(double maxAbs) => inner.FreshBound(maxAbs);

    public EncryptedVector Encrypt(ReadOnlySpan<float> values, double maxAbs)
    {
        Vectors++;
        return inner.Encrypt(values, maxAbs);
    }

    public EncryptedVector Encrypt(ReadOnlySpan<double> values, double maxAbs)
    {
        Vectors++;
        return inner.Encrypt(values, maxAbs);
    }
}
