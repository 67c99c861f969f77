using FedHe.Crypto.Identities;

namespace FedHe.Crypto.Keys;

/// <summary>
/// An encryption key is a key that can encrypt: the public key, or the secret key, whose vectors are smaller on the
/// wire.
/// </summary>
public abstract class EncryptionKey : IDisposable
{
    /// <summary>Creates a key of the given parameters and identity.</summary>
    protected EncryptionKey(Digest parametersId, KeyId keyId)
    {
        ParametersId = parametersId;
        KeyId = keyId;
    }

    /// <summary>The identity of the parameters that the key belongs to.</summary>
    public Digest ParametersId { get; }

    /// <summary>The public identity of the key pair.</summary>
    public KeyId KeyId { get; }

    /// <summary>Releases the key; the material of a secret key is zeroed.</summary>
    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Releases the resources of the key.</summary>
    protected virtual void Dispose(bool disposing)
    {
    }
}
