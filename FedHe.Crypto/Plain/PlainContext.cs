using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using FedHe.Crypto.Errors;
using FedHe.Crypto.Identities;
using FedHe.Crypto.Keys;
using FedHe.Crypto.Operations;
using FedHe.Crypto.Random;
using FedHe.Crypto.Serialization;

namespace FedHe.Crypto.Plain;

/// <summary>A plain context makes keys that protect nothing.</summary>
internal sealed class PlainContext(InsecurePlainParameters parameters) : HeContext(new PlainPublicContext(parameters))
{
    public override KeyPair GenerateKeyPair(SecretKeyExportPolicy exportPolicy = SecretKeyExportPolicy.None)
    {
        Span<byte> material = stackalloc byte[PlainSecretKey.Length];
        RandomSource.System.Fill(material);
        var keyId = new KeyId(SHA256.HashData(material).AsSpan(0, KeyId.SizeInBytes));
        return new KeyPair(
            new PlainPublicKey(ParametersId, keyId), new PlainSecretKey(ParametersId, keyId, material, exportPolicy));
    }

    public override bool TryReadPublicKey(ReadOnlySpan<byte> source, [NotNullWhen(true)] out PublicKey? key, out FormatError reason)
    {
        var reader = new WireReader(source);
        reader.ReadHeader(WireKind.PublicKey, ParametersId, source.Length);
        KeyId keyId = reader.ReadKeyId();
        reader.ExpectEnd();
        reason = reader.Error;
        key = reader.Failed ? null : new PlainPublicKey(ParametersId, keyId);
        return key is not null;
    }

    protected override int SecretKeyLength => PlainSecretKey.Length;

    protected override IEncryptor CreateEncryptorCore(EncryptionKey key) => new PlainEncryptor(parameters, key);

    protected override IDecryptor CreateDecryptorCore(SecretKey key) => new PlainDecryptor(parameters, key);

    protected override SecretKey? ImportSecretKeyCore(
        KeyId keyId, ReadOnlySpan<byte> material, SecretKeyExportPolicy exportPolicy, out FormatError reason)
    {
        reason = FormatError.None;
        return new PlainSecretKey(ParametersId, keyId, material, exportPolicy);
    }
}
