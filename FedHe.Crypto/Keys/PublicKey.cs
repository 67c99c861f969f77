using System.Buffers;
using FedHe.Crypto.Identities;

namespace FedHe.Crypto.Keys;

/// <summary>Encrypts, and may be given to anyone.</summary>
public abstract class PublicKey : EncryptionKey
{
    /// <summary>Creates a key of the given identity.</summary>
    protected PublicKey(Digest parametersId, KeyId keyId)
        : base(parametersId, keyId)
    {
    }

    /// <summary>Length of the bytes that <see cref="WriteTo"/> writes.</summary>
    public abstract int EncodedLength { get; }

    /// <summary>Writes the key; <see cref="HeContext.TryReadPublicKey"/> reads it back.</summary>
    public abstract void WriteTo(IBufferWriter<byte> destination);
}
