using System.Diagnostics.CodeAnalysis;
using FedHe.Crypto.Errors;
using FedHe.Crypto.Identities;
using FedHe.Crypto.Keys;
using FedHe.Crypto.Operations;
using FedHe.Crypto.Paillier.Encryption;
using FedHe.Crypto.Paillier.Keys;
using FedHe.Crypto.Paillier.Parameters;
using FedHe.Crypto.Paillier.Randomness;
using FedHe.Crypto.Paillier.Vectors;
using FedHe.Crypto.Random;

namespace FedHe.Crypto.Paillier;

/// <summary>A Paillier context makes Paillier keys, and the encryptors and decryptors that hold them.</summary>
internal sealed class PaillierContext : HeContext
{
    private readonly PaillierParameters _parameters;
    private readonly PaillierKeyFactory _keys;
    private readonly CiphertextBatches _batches;
    private readonly RandomizerPools _pools;
    private readonly EncryptionRandomSource _random;

    public PaillierContext(
        PaillierParameters parameters, PaillierOptions paillierOptions, EncryptionRandomSource random, HeContextOptions? options = null)
        : this(
            parameters,
            paillierOptions,
            random,
            new PaillierModulusCache(parameters),
            new CiphertextBatches(parameters, (options ?? HeContextOptions.Default).MaxDegreeOfParallelism))
    {
    }

    private PaillierContext(
        PaillierParameters parameters,
        PaillierOptions paillierOptions,
        EncryptionRandomSource random,
        PaillierModulusCache moduli,
        CiphertextBatches batches)
        : base(new PaillierPublicContext(parameters, moduli, batches))
    {
        _parameters = parameters;
        _random = random;
        _keys = new PaillierKeyFactory(parameters, moduli, random);
        _batches = batches;
        _pools = new RandomizerPools(paillierOptions.RandomizerCapacity, parameters.CiphertextLength);
    }

    public override KeyPair GenerateKeyPair(SecretKeyExportPolicy exportPolicy = SecretKeyExportPolicy.None)
        => _keys.Generate(exportPolicy);

    public override bool TryReadPublicKey(ReadOnlySpan<byte> source, [NotNullWhen(true)] out PublicKey? key, out FormatError reason)
    {
        key = _keys.TryReadPublicKey(source, out reason);
        return key is not null;
    }

    /// <summary>Gets the pool of randomizers of a public key; null where the options want no pools.</summary>
    internal RandomizerPool? PoolOf(PublicKey key)
        => _pools.PoolOf(key.KeyId, ((PaillierPublicKey)key).Randomizers);

    protected override int SecretKeyLength => PaillierSecretKey.MaterialLengthOf(_parameters);

    // The parameters of a key name its scheme, and they were checked.
    protected override IEncryptor CreateEncryptorCore(EncryptionKey key)
    {
        var secretKey = key as PaillierSecretKey;
        PaillierPublicKey publicKey = secretKey?.PublicKey ?? (PaillierPublicKey)key;
        RandomizerSource randomizers = PoolOf(publicKey) ?? publicKey.Randomizers;
        return new PaillierEncryptor(_parameters, publicKey, secretKey, randomizers, _random, _batches);
    }

    protected override IDecryptor CreateDecryptorCore(SecretKey key)
        => new PaillierDecryptor(_parameters, (PaillierSecretKey)key, _batches);

    // Both keys were made here or read from n and h, whose hash is their identity.
    protected override bool IsPairCore(PublicKey publicKey, SecretKey secretKey)
        => publicKey.KeyId == ((PaillierSecretKey)secretKey).PublicKey.KeyId;

    protected override SecretKey? ImportSecretKeyCore(
        KeyId keyId, ReadOnlySpan<byte> material, SecretKeyExportPolicy exportPolicy, out FormatError reason)
        => _keys.TryReadSecretKey(keyId, material, exportPolicy, out reason);

    protected override void Dispose(bool disposing)
    {
        _pools.Dispose();
        base.Dispose(disposing);
    }
}
