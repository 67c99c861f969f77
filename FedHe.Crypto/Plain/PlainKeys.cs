using System.Buffers;
using System.Security.Cryptography;
using FedHe.Crypto.Identities;
using FedHe.Crypto.Keys;
using FedHe.Crypto.Serialization;

namespace FedHe.Crypto.Plain;

/// <summary>A random name that stands in for a public key.</summary>
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

/// <summary>Thirty-two random bytes that protect nothing, so that the handling of keys can be tested.</summary>
internal sealed class PlainSecretKey : SecretKey
{
    public const int Length = 32;

    private readonly byte[] _material = GC.AllocateUninitializedArray<byte>(Length, pinned: true);

    public PlainSecretKey(Digest parametersId, KeyId keyId, ReadOnlySpan<byte> material, SecretKeyExportPolicy exportPolicy)
        : base(parametersId, keyId, exportPolicy)
    {
        material.CopyTo(_material);
    }

    protected override int MaterialLength => Length;

    protected override void CopyMaterial(Span<byte> destination) => _material.CopyTo(destination);

    protected override void ZeroMaterial() => CryptographicOperations.ZeroMemory(_material);
}
