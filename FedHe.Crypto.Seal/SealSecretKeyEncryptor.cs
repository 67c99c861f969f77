using FedHe.Crypto.Ciphertexts;
using FedHe.Crypto.Identities;
using FedHe.Crypto.Seal.Native;

namespace FedHe.Crypto.Seal;

/// <summary>
/// A SEAL secret-key encryptor encrypts vectors through SEAL under the secret key, with one seed from SEAL's generator
/// for each ciphertext.
/// </summary>
internal sealed class SealSecretKeyEncryptor(SealSetting setting, SealSecretKey key)
    : SealVectorEncryptor(setting, key.KeyId, VectorForm.Seeded)
{
    protected override IDisposable? BeginUse() => key.Use();

    protected override void Encrypt(PlaintextHandle plaintext, CiphertextHandle destination, MemoryPoolHandle pool)
        => SealEngine.EncryptSeeded(key.Encryptor, plaintext, destination, pool);
}
