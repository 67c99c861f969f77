using FedHe.Crypto.Identities;
using FedHe.Crypto.Kernels.Memory;
using FedHe.Crypto.Keys;

namespace FedHe.Crypto.Plain;

/// <summary>
/// A plain secret key is 32 random bytes that stand in for a key, so that the handling of keys can be tested.
/// </summary>
internal sealed class PlainSecretKey : SecretKey
{
    public const int Length = 32;

    private readonly byte[] _material = SecretMemory.Allocate<byte>(Length);

    public PlainSecretKey(Digest parametersId, KeyId keyId, ReadOnlySpan<byte> material, SecretKeyExportPolicy exportPolicy)
        : base(parametersId, keyId, exportPolicy)
    {
        material.CopyTo(_material);
    }

    protected override int MaterialLength => Length;

    protected override void CopyMaterial(Span<byte> destination) => _material.CopyTo(destination);

    protected override void ZeroMaterial() => SecretMemory.Zero<byte>(_material);
}
