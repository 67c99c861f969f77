using System.Buffers;
using FedHe.Crypto.Identities;

namespace FedHe.Crypto.Keys;

/// <summary>A public key encrypts, and may be given to anyone.</summary>
public abstract class PublicKey : EncryptionKey
{
    /// <summary>Creates a public key of the given parameters and identity.</summary>
    protected PublicKey(Digest parametersId, KeyId keyId)
        : base(parametersId, keyId)
    {
    }

    /// <summary>The number of bytes that <see cref="WriteTo"/> writes.</summary>
    public abstract int EncodedLength { get; }

    /// <summary>Writes the key in the format that <see cref="HeContext.TryReadPublicKey"/> reads.</summary>
    public abstract void WriteTo(IBufferWriter<byte> destination);
}
