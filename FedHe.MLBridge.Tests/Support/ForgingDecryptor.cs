using FedHe.Crypto.Ciphertexts;
using FedHe.Crypto.Identities;
using FedHe.Crypto.Operations;

namespace FedHe.MLBridge.Tests.Support;

/// <summary>A decryptor whose last value of each vector is one that the test chose, as after an overflow or a forgery.</summary>
internal sealed class ForgingDecryptor(IDecryptor inner, double last) : IDecryptor
{
    public KeyId KeyId => inner.KeyId;

    public void Decrypt(EncryptedVector vector, Span<double> destination)
    {
        inner.Decrypt(vector, destination);
        destination[^1] = last;
    }

    public void DecryptPublic(EncryptedVector vector, int precisionBits, Span<double> destination) => throw new NotSupportedException();
}
