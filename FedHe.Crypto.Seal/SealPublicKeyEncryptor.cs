using FedHe.Crypto.Ciphertexts;
using FedHe.Crypto.Identities;
using FedHe.Crypto.Seal.Native;

namespace FedHe.Crypto.Seal;

/// <summary>A SEAL public-key encryptor encrypts vectors through SEAL under the public key.</summary>
internal sealed class SealPublicKeyEncryptor(SealSetting setting, SealPublicKey key)
    : SealVectorEncryptor(setting, key.KeyId, VectorForm.Full)
{
    protected override IDisposable? BeginUse() => null;

    protected override void Encrypt(PlaintextHandle plaintext, CiphertextHandle destination, MemoryPoolHandle pool)
        => SealEngine.Encrypt(key.Encryptor, plaintext, destination, pool);
}
