using System.Diagnostics;
using FedHe.Crypto;
using FedHe.Crypto.Ciphertexts;
using FedHe.Crypto.Identities;
using FedHe.Crypto.Keys;
using FedHe.Crypto.LinearTags;
using FedHe.Crypto.Operations;
using FedHe.Crypto.Parameters;

namespace FedHe.Orchestration.Keys;

/// <summary>
/// Client keys are the keys of an opened grant. They hand out encryptors and decryptors, but never the secret key,
/// which cannot be exported again and is zeroed on disposal.
/// </summary>
[DebuggerDisplay("Keys {KeyId}")]
public sealed class ClientKeys : IDisposable
{
    private readonly HeContext _context;
    private readonly KeyPair _keys;

    internal ClientKeys(HeContext context, KeyPair keys, ReadOnlySpan<byte> groupKey)
    {
        _context = context;
        _keys = keys;
        TagKey = new TagKey(groupKey);
    }

    /// <summary>The identity of the key pair.</summary>
    public KeyId KeyId => _keys.PublicKey.KeyId;

    /// <summary>The parameters of the keys.</summary>
    public HeParameters Parameters => _context.Parameters;

    /// <summary>The public context of the keys' parameters, which holds no key.</summary>
    public HePublicContext Context => _context.Public;

    /// <summary>Creates an encryptor under the keys.</summary>
    /// <param name="form">
    /// The form of the vectors: <see cref="VectorForm.Seeded"/> encrypts with the secret key into half the bytes, <see
    /// cref="VectorForm.Full"/> encrypts with the public key.
    /// </param>
    public IEncryptor CreateEncryptor(VectorForm form = VectorForm.Seeded)
        => _context.CreateEncryptor(form == VectorForm.Seeded ? _keys.SecretKey : _keys.PublicKey);

    /// <summary>Creates a decryptor under the secret key.</summary>
    public IDecryptor CreateDecryptor() => _context.CreateDecryptor(_keys.SecretKey);

    /// <summary>The clients' common key of tags, which the server never has.</summary>
    internal TagKey TagKey { get; }

    /// <inheritdoc/>
    public void Dispose()
    {
        _keys.Dispose();
        TagKey.Dispose();
    }
}
