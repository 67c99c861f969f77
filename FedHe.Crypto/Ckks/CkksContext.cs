using System.Diagnostics.CodeAnalysis;
using FedHe.Crypto.Ciphertexts;
using FedHe.Crypto.Errors;
using FedHe.Crypto.Identities;
using FedHe.Crypto.Kernels.Memory;
using FedHe.Crypto.Keys;
using FedHe.Crypto.Operations;
using FedHe.Crypto.Random;

namespace FedHe.Crypto.Ckks;

/// <summary>A CKKS context makes CKKS keys, and the encryptors and decryptors that hold them.</summary>
internal sealed class CkksContext : HeContext
{
    private readonly CkksRing _ring;
    private readonly RandomSource _random;

    public CkksContext(CkksParameters parameters, RandomSource random, HeContextOptions? options = null)
        : this(new CkksRing(parameters, (options ?? HeContextOptions.Default).MaxDegreeOfParallelism), random)
    {
    }

    private CkksContext(CkksRing ring, RandomSource random)
        : base(new CkksPublicContext(ring))
    {
        _ring = ring;
        _random = random;
    }

    public CkksRing Ring => _ring;

    public RandomSource Random => _random;

    /// <summary>Makes a public key of a secret polynomial, and the pair of both.</summary>
    public static KeyPair CreateKeyPair(
        CkksRing ring, ReadOnlySpan<sbyte> secret, RandomSource random, SecretKeyExportPolicy exportPolicy)
    {
        FixedPolynomial transformed = CkksSecretKey.Transform(ring, secret);
        try
        {
            CkksPublicKey publicKey = CkksPublicKey.Create(ring, transformed, random);
            return new KeyPair(publicKey, new CkksSecretKey(ring, publicKey.KeyId, secret, exportPolicy));
        }
        finally
        {
            transformed.Zero();
        }
    }

    public override KeyPair GenerateKeyPair(SecretKeyExportPolicy exportPolicy = SecretKeyExportPolicy.None)
    {
        sbyte[] secret = SecretMemory.Allocate<sbyte>(_ring.Degree);
        new SecretSampler(_random).Ternary(secret);
        try
        {
            return CreateKeyPair(_ring, secret, _random, exportPolicy);
        }
        finally
        {
            SecretMemory.Zero<sbyte>(secret);
        }
    }

    public override bool TryReadPublicKey(ReadOnlySpan<byte> source, [NotNullWhen(true)] out PublicKey? key, out FormatError reason)
    {
        key = CkksPublicKey.TryRead(_ring, source, out reason);
        return key is not null;
    }

    protected override int SecretKeyLength => CkksSecretKey.MaterialLengthOf(_ring.Degree);

    // The parameters of a key name its scheme, and they were checked.
    protected override IEncryptor CreateEncryptorCore(EncryptionKey key)
    {
        if (key is not CkksPublicKey publicKey)
        {
            return new CkksSecretKeyEncryptor(_ring, (CkksSecretKey)key, _random);
        }

        CkksEncryptor.CheckPlanned(_ring, VectorForm.Full);
        return new CkksPublicKeyEncryptor(_ring, publicKey, _random);
    }

    protected override IDecryptor CreateDecryptorCore(SecretKey key) => new CkksDecryptor(_ring, (CkksSecretKey)key, _random);

    protected override SecretKey? ImportSecretKeyCore(
        KeyId keyId, ReadOnlySpan<byte> material, SecretKeyExportPolicy exportPolicy, out FormatError reason)
        => CkksSecretKey.Read(_ring, keyId, material, exportPolicy, out reason);
}
