using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using FedHe.Crypto;
using FedHe.Crypto.Errors;
using FedHe.Crypto.Identities;
using FedHe.Crypto.Kernels.Memory;
using FedHe.Crypto.Keys;
using FedHe.Crypto.Operations;
using FedHe.Crypto.Random;
using FedHe.Crypto.Serialization;

namespace FedHe.TestKit.Toy;

/// <summary>A toy context makes keys of 32 random bytes.</summary>
internal sealed class ToyContext(ToyParameters parameters) : HeContext(new ToyPublicContext(parameters))
{
    protected override int SecretKeyLength => ToySecretKey.Length;

    public override KeyPair GenerateKeyPair(SecretKeyExportPolicy exportPolicy = SecretKeyExportPolicy.None)
    {
        byte[] material = SecretMemory.Allocate<byte>(ToySecretKey.Length);
        HedgedRandom.Fill(material);
        var keyId = new KeyId(SHA256.HashData(material).AsSpan(0, KeyId.SizeInBytes));
        var keys = new KeyPair(new ToyPublicKey(ParametersId, keyId), new ToySecretKey(ParametersId, keyId, material, exportPolicy));
        SecretMemory.Zero<byte>(material);
        return keys;
    }

    public override bool TryReadPublicKey(ReadOnlySpan<byte> source, [NotNullWhen(true)] out PublicKey? key, out FormatError reason)
    {
        var reader = new WireReader(source);
        reader.ReadHeader(WireKind.PublicKey, ParametersId, source.Length);
        KeyId keyId = reader.ReadKeyId();
        reader.ExpectEnd();
        reason = reader.Error;
        key = reader.Failed ? null : new ToyPublicKey(ParametersId, keyId);
        return key is not null;
    }

    protected override IEncryptor CreateEncryptorCore(EncryptionKey key) => new ToyEncryptor(parameters, key);

    protected override IDecryptor CreateDecryptorCore(SecretKey key) => new ToyDecryptor(parameters, (ToySecretKey)key);

    protected override SecretKey? ImportSecretKeyCore(
        KeyId keyId, ReadOnlySpan<byte> material, SecretKeyExportPolicy exportPolicy, out FormatError reason)
    {
        reason = FormatError.None;
        return new ToySecretKey(ParametersId, keyId, material, exportPolicy);
    }
}
