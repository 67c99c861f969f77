using System.Diagnostics.CodeAnalysis;
using FedHe.Crypto.Errors;
using FedHe.Crypto.Identities;
using FedHe.Crypto.Kernels.MultiPrecision;
using FedHe.Crypto.Keys;
using FedHe.Crypto.Operations;
using FedHe.Crypto.Random;

namespace FedHe.Crypto.Paillier;

/// <summary>A Paillier context makes Paillier keys, and the encryptors and decryptors that hold them.</summary>
internal sealed class PaillierContext : HeContext
{
    private readonly PaillierSetup _setup;

    public PaillierContext(
        PaillierParameters parameters, PaillierOptions paillierOptions, RandomSource random, HeContextOptions? options = null)
        : this(new PaillierSetup(
            parameters, paillierOptions, (options ?? HeContextOptions.Default).MaxDegreeOfParallelism, random))
    {
    }

    private PaillierContext(PaillierSetup setup)
        : base(new PaillierPublicContext(setup)) => _setup = setup;

    /// <inheritdoc cref="PaillierSetup.PoolOf"/>
    internal RandomizerPool? PoolOf(PublicKey key) => _setup.PoolOf((PaillierPublicKey)key);

    public override KeyPair GenerateKeyPair(SecretKeyExportPolicy exportPolicy = SecretKeyExportPolicy.None)
    {
        var primes = PaillierPrimes.Generate(_setup.Parameters.KeyBits);
        var publicKey = PaillierPublicKey.Create(_setup, PaillierPrimes.Product(primes.P, primes.Q));
        return new KeyPair(publicKey, new PaillierSecretKey(publicKey, primes, exportPolicy, _setup.Random));
    }

    public override bool TryReadPublicKey(ReadOnlySpan<byte> source, [NotNullWhen(true)] out PublicKey? key, out FormatError reason)
    {
        key = PaillierPublicKey.TryRead(_setup, source, out reason);
        return key is not null;
    }

    protected override int SecretKeyLength => PaillierSecretKey.MaterialLengthOf(_setup.Parameters);

    // The parameters of a key name its scheme, and they were checked.
    protected override IEncryptor CreateEncryptorCore(EncryptionKey key) => key is PaillierSecretKey secretKey
        ? new PaillierEncryptor(_setup, secretKey.PublicKey, secretKey)
        : new PaillierEncryptor(_setup, (PaillierPublicKey)key, secretKey: null);

    protected override IDecryptor CreateDecryptorCore(SecretKey key) => new PaillierDecryptor(_setup, (PaillierSecretKey)key);

    protected override SecretKey? ImportSecretKeyCore(
        KeyId keyId, ReadOnlySpan<byte> material, SecretKeyExportPolicy exportPolicy, out FormatError reason)
        => PaillierSecretKey.Read(_setup, keyId, material, exportPolicy, out reason);

    protected override void Dispose(bool disposing)
    {
        _setup.Dispose();
        base.Dispose(disposing);
    }
}
