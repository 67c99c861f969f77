using FedHe.Crypto.Identities;

namespace FedHe.Crypto.Keys;

/// <summary>A key that can encrypt: the public key, or the secret key (whose vectors are smaller on the wire).</summary>
public abstract class EncryptionKey : IDisposable
{
    /// <summary>Creates a key of the given identity.</summary>
    protected EncryptionKey(Digest parametersId, KeyId keyId)
    {
        ParametersId = parametersId;
        KeyId = keyId;
    }

    /// <summary>Parameters the key belongs to.</summary>
    public Digest ParametersId { get; }

    /// <summary>Public name of the key pair.</summary>
    public KeyId KeyId { get; }

    /// <summary>Releases the key; a secret key is zeroed.</summary>
    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Releases what the key holds.</summary>
    protected virtual void Dispose(bool disposing)
    {
    }
}
