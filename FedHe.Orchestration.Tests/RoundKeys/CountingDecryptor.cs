using FedHe.Crypto.Ciphertexts;
using FedHe.Crypto.Identities;
using FedHe.Crypto.Operations;

namespace FedHe.Orchestration.Tests.RoundKeys;

/// <summary>A counting decryptor counts the uses of the job's secret key.</summary>
internal sealed class CountingDecryptor(IDecryptor inner) : IDecryptor
{
    public int Uses { get; private set; }

    public KeyId KeyId => inner.KeyId;

    public void Decrypt(EncryptedVector vector, Span<double> destination)
    {
        Uses++;
        inner.Decrypt(vector, destination);
    }

    public void DecryptPublic(EncryptedVector vector, int precisionBits, Span<double> destination)
    {
        Uses++;
        inner.DecryptPublic(vector, precisionBits, destination);
    }
}
