using System.Diagnostics.CodeAnalysis;
using FedHe.Crypto.Bounds;
using FedHe.Crypto.Ciphertexts;
using FedHe.Crypto.Errors;
using FedHe.Crypto.Identities;
using FedHe.Crypto.Keys;
using FedHe.Crypto.Operations;
using FedHe.Crypto.Paillier.Encryption;
using FedHe.Crypto.Paillier.Evaluation;
using FedHe.Crypto.Paillier.Keys;
using FedHe.Crypto.Paillier.Parameters;
using FedHe.Crypto.Paillier.Randomness;
using FedHe.Crypto.Paillier.Vectors;
using FedHe.Crypto.Random;

namespace FedHe.Crypto.Paillier;

/// <summary>The context of the Paillier scheme: composes the roles and owns what they share.</summary>
internal sealed class PaillierContext : HeContext
{
    private readonly PaillierParameters _parameters;
    private readonly PaillierKeyFactory _keys;
    private readonly CiphertextBatches _batches;
    private readonly RandomizerPools _pools;

    public PaillierContext(
        PaillierParameters parameters, PaillierOptions paillierOptions, RandomSource random, HeContextOptions? options = null)
        : base(parameters)
    {
        var moduli = new PaillierModulusCache(parameters);
        _parameters = parameters;
        _keys = new PaillierKeyFactory(parameters, moduli, random);
        _batches = new CiphertextBatches(parameters, (options ?? HeContextOptions.Default).MaxDegreeOfParallelism);
        _pools = new RandomizerPools(paillierOptions.RandomizerCapacity, parameters.CiphertextLength);
        Evaluator = new PaillierEvaluator(parameters, _batches);
        Reader = new PaillierVectorReader(parameters, moduli, _batches);
    }

    public override IAdditiveEvaluator Evaluator { get; }

    public override IVectorReader Reader { get; }

    public override KeyPair GenerateKeyPair(SecretKeyExportPolicy exportPolicy = SecretKeyExportPolicy.None)
        => _keys.Generate(exportPolicy);

    public override bool TryReadPublicKey(ReadOnlySpan<byte> source, [NotNullWhen(true)] out PublicKey? key, out FormatError reason)
    {
        key = _keys.TryReadPublicKey(source, out reason);
        return key is not null;
    }

    public override long EncodedLength(int length, VectorForm form, int seeds = 1)
        => PaillierVectorFormat.EncodedLength(_parameters, length);

    public override VectorForm SumForm(VectorForm freshForm, int contributors) => VectorForm.Full;

    public override long MemoryInBytes(int length, VectorForm form) => PaillierCiphertexts.SizeInBytes(_parameters, length);

    public override VectorBound FreshBound(double maxAbs, VectorForm form) => PaillierEncryptor.FreshBound(_parameters, maxAbs);

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
        return new PaillierEncryptor(_parameters, publicKey, secretKey, randomizers, _batches);
    }

    protected override IDecryptor CreateDecryptorCore(SecretKey key)
        => new PaillierDecryptor(_parameters, (PaillierSecretKey)key, _batches);

    protected override SecretKey? ImportSecretKeyCore(
        KeyId keyId, ReadOnlySpan<byte> material, SecretKeyExportPolicy exportPolicy, out FormatError reason)
        => _keys.TryReadSecretKey(keyId, material, exportPolicy, out reason);

    protected override void Dispose(bool disposing)
    {
        _pools.Dispose();
        base.Dispose(disposing);
    }
}
