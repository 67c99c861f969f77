using System.Diagnostics.CodeAnalysis;
using FedHe.Crypto.Kernels;
using FedHe.Crypto.Random;
using FedHe.Crypto.Serialization;

namespace FedHe.Crypto.Ckks;

internal sealed class CkksContext : HeContext
{
    private readonly CkksRing _ring;
    private readonly RandomSource _random;

    public CkksContext(CkksParameters parameters, RandomSource random)
        : base(parameters)
    {
        _ring = new CkksRing(parameters);
        _random = random;
        Evaluator = parameters.Depth > 0 ? new CkksRescalingEvaluator(_ring) : new CkksEvaluator(_ring);
        Reader = new CkksVectorReader(_ring);
    }

    public override IAdditiveEvaluator Evaluator { get; }

    public override IVectorReader Reader { get; }

    public override KeyPair GenerateKeyPair(SecretKeyExportPolicy exportPolicy = SecretKeyExportPolicy.None)
    {
        sbyte[] secret = SecretMemory.Allocate<sbyte>(_ring.Degree);
        new SecretSampler(_random).Ternary(secret);
        FixedPolynomial transformed = CkksSecretKey.Transform(_ring, secret);
        try
        {
            CkksPublicKey publicKey = CkksPublicKey.Create(_ring, transformed, _random);
            return new KeyPair(publicKey, new CkksSecretKey(_ring, publicKey.KeyId, secret, exportPolicy));
        }
        finally
        {
            transformed.Zero();
            SecretMemory.Zero<sbyte>(secret);
        }
    }

    public override IEncryptor CreateEncryptor(EncryptionKey key) => KeyGuard.Check(ParametersId, key) switch
    {
        CkksPublicKey publicKey => new CkksPublicKeyEncryptor(_ring, publicKey, _random),
        CkksSecretKey secretKey => new CkksSecretKeyEncryptor(_ring, secretKey, _random),
        _ => throw new HeMismatchException("The key belongs to another scheme."),
    };

    public override IDecryptor CreateDecryptor(SecretKey key) => KeyGuard.Check(ParametersId, key) is CkksSecretKey secretKey
        ? new CkksDecryptor(_ring, secretKey, _random)
        : throw new HeMismatchException("The key belongs to another scheme.");

    public override bool TryReadPublicKey(ReadOnlySpan<byte> source, [NotNullWhen(true)] out PublicKey? key, out FormatError reason)
    {
        key = CkksPublicKey.TryRead(_ring, source, out reason);
        return key is not null;
    }

    public override bool TryImportSecretKey(
        ReadOnlySpan<byte> source, SecretKeyExportPolicy exportPolicy, [NotNullWhen(true)] out SecretKey? key, out FormatError reason)
    {
        var reader = new WireReader(source);
        reader.ReadHeader(WireKind.SecretKey, ParametersId, source.Length);
        KeyId keyId = reader.ReadKeyId();
        ReadOnlySpan<byte> material = reader.ReadBytes(CkksSecretKey.MaterialLengthOf(_ring.Degree));
        reader.ExpectEnd();
        reason = reader.Error;
        key = reader.Failed ? null : CkksSecretKey.Read(_ring, keyId, material, exportPolicy, out reason);
        return key is not null;
    }

    public override bool TryImportProtectedSecretKey(
        ReadOnlySpan<byte> source,
        ReadOnlySpan<char> password,
        SecretKeyExportPolicy exportPolicy,
        [NotNullWhen(true)] out SecretKey? key,
        out FormatError reason)
    {
        byte[] material = SecretMemory.Allocate<byte>(CkksSecretKey.MaterialLengthOf(_ring.Degree));
        reason = PasswordProtection.TryRead(source, ParametersId, password, material, out KeyId keyId);
        key = reason == FormatError.None ? CkksSecretKey.Read(_ring, keyId, material, exportPolicy, out reason) : null;
        SecretMemory.Zero<byte>(material);
        return key is not null;
    }

    public override long EncodedLength(int length, VectorForm form)
        => CkksVectorFormat.EncodedLength(_ring.Parameters, length, form, _ring.LimbCount);

    public override long MemoryInBytes(int length, VectorForm form)
        => sizeof(ulong) * CkksBlock.WordsOf(_ring.Parameters, length, form, _ring.LimbCount);

    public override VectorBound FreshBound(double maxAbs, VectorForm form) => CkksEncryptor.FreshBound(_ring, maxAbs, form);
}
