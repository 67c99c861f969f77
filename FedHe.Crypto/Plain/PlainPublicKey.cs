using System.Buffers;
using FedHe.Crypto.Identities;
using FedHe.Crypto.Keys;
using FedHe.Crypto.Serialization;

namespace FedHe.Crypto.Plain;

/// <summary>A plain public key is a random identity that stands in for a key.</summary>
internal sealed class PlainPublicKey(Digest parametersId, KeyId keyId) : PublicKey(parametersId, keyId)
{
    public override int EncodedLength => WireHeader.SizeInBytes + KeyId.SizeInBytes;

    public override void WriteTo(IBufferWriter<byte> destination)
    {
        var writer = new WireWriter(destination);
        writer.WriteHeader(WireKind.PublicKey, ParametersId, KeyId.SizeInBytes);
        writer.WriteKeyId(KeyId);
    }
}
