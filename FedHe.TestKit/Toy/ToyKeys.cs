using System.Buffers;
using FedHe.Crypto.Identities;
using FedHe.Crypto.Kernels.Memory;
using FedHe.Crypto.Keys;
using FedHe.Crypto.Serialization;

namespace FedHe.TestKit.Toy;

/// <summary>A toy public key consists of a key identifier only.</summary>
internal sealed class ToyPublicKey(Digest parametersId, KeyId keyId) : PublicKey(parametersId, keyId)
{
    public override int EncodedLength => WireHeader.SizeInBytes + KeyId.SizeInBytes;

    public override void WriteTo(IBufferWriter<byte> destination)
    {
        var writer = new WireWriter(destination);
        writer.WriteHeader(WireKind.PublicKey, ParametersId, KeyId.SizeInBytes);
        writer.WriteKeyId(KeyId);
    }
}

/// <summary>A toy secret key consists of 32 random bytes, which are handled as carefully as a real secret key.</summary>
internal sealed class ToySecretKey : SecretKey
{
    public const int Length = 32;

    private readonly byte[] _material = SecretMemory.Allocate<byte>(Length);

    public ToySecretKey(Digest parametersId, KeyId keyId, ReadOnlySpan<byte> material, SecretKeyExportPolicy exportPolicy)
        : base(parametersId, keyId, exportPolicy) => material.CopyTo(_material);

    protected override int MaterialLength => Length;

    protected override void CopyMaterial(Span<byte> destination) => _material.CopyTo(destination);

    protected override void ZeroMaterial() => SecretMemory.Zero<byte>(_material);
}
