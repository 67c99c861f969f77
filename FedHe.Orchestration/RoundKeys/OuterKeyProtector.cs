using FedHe.Crypto;
using FedHe.Crypto.Ciphertexts;
using FedHe.Crypto.KeyAdditive;
using FedHe.Crypto.KeyAdditive.Keys;
using FedHe.Crypto.KeyAdditive.Protection;
using FedHe.Crypto.Operations;
using FedHe.Crypto.Serialization;

namespace FedHe.Orchestration.RoundKeys;

/// <summary>An outer key protector encrypts round keys under the job's scheme.</summary>
/// <param name="inner">Makes round keys.</param>
/// <param name="outer">The public context of the job's scheme.</param>
/// <param name="encryptor">Encrypts under the job's key.</param>
internal sealed class OuterKeyProtector(KeyAdditiveContext inner, HePublicContext outer, IEncryptor encryptor) : IKeyProtector
{
    private readonly RoundKeyProtection _protection = new(inner, outer, encryptor.Form);

    public long ProtectedLength => outer.EncodedLength(inner.Parameters.Degree, encryptor.Form);

    public IProtectedKey Protect(RoundKey key, ReadOnlySpan<byte> publicContext)
        => new WrappedKey(_protection.Encrypt(key, encryptor, publicContext));

    /// <summary>A round key that is encrypted under the job's key.</summary>
    private sealed class WrappedKey(EncryptedVector ciphertext) : IProtectedKey
    {
        public EncryptedVector Ciphertext => ciphertext;

        public byte[] Complete(Attempt attempt, Contributor contributor, ReadOnlySpan<byte> tags)
        {
            var bytes = new ExactBuffer(ciphertext.EncodedLength);
            ciphertext.WriteTo(bytes);
            return bytes.Complete();
        }

        public void Dispose() => ciphertext.Dispose();
    }
}
