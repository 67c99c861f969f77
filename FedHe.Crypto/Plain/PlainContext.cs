using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using FedHe.Crypto.Bounds;
using FedHe.Crypto.Ciphertexts;
using FedHe.Crypto.Errors;
using FedHe.Crypto.Identities;
using FedHe.Crypto.Keys;
using FedHe.Crypto.Operations;
using FedHe.Crypto.Serialization;

namespace FedHe.Crypto.Plain;

/// <summary>The context of the scheme that encrypts nothing.</summary>
internal sealed class PlainContext : HeContext
{
    private readonly InsecurePlainParameters _parameters;

    public PlainContext(InsecurePlainParameters parameters)
        : base(parameters)
    {
        _parameters = parameters;
        Evaluator = new PlainEvaluator(parameters);
        Reader = new PlainVectorReader(parameters);
    }

    public override IAdditiveEvaluator Evaluator { get; }

    public override IVectorReader Reader { get; }

    public override KeyPair GenerateKeyPair(SecretKeyExportPolicy exportPolicy = SecretKeyExportPolicy.None)
    {
        Span<byte> material = stackalloc byte[PlainSecretKey.Length];
        RandomNumberGenerator.Fill(material);
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

    public override long EncodedLength(int length, VectorForm form, int seeds = 1) => PlainVector.EncodedLengthOf(length);

    public override VectorForm SumForm(VectorForm freshForm, int contributors) => VectorForm.Full;

    public override long MemoryInBytes(int length, VectorForm form) => sizeof(long) * (long)length;

    public override VectorBound FreshBound(double maxAbs, VectorForm form) => PlainEncryptor.FreshBound(_parameters, maxAbs);

    protected override int SecretKeyLength => PlainSecretKey.Length;

    protected override IEncryptor CreateEncryptorCore(EncryptionKey key) => new PlainEncryptor(_parameters, key);

    protected override IDecryptor CreateDecryptorCore(SecretKey key) => new PlainDecryptor(_parameters, key);

    protected override SecretKey? ImportSecretKeyCore(
        KeyId keyId, ReadOnlySpan<byte> material, SecretKeyExportPolicy exportPolicy, out FormatError reason)
    {
        reason = FormatError.None;
        return new PlainSecretKey(ParametersId, keyId, material, exportPolicy);
    }
}
