using FedHe.Crypto.Identities;
using FedHe.Crypto.Keys;
using FedHe.Crypto.Paillier.Arithmetic;
using FedHe.Crypto.Paillier.Parameters;
using FedHe.Crypto.Paillier.Primes;
using FedHe.Crypto.Random;

namespace FedHe.Crypto.Paillier.Keys;

/// <summary>
/// A Paillier secret key is the primes p and q. On the wire both are big-endian, then follows h, which is public and
/// lets the key encrypt.
/// </summary>
internal sealed class PaillierSecretKey : SecretKey
{
    private readonly PaillierPrimes _primes;
    private readonly RandomSource _random;
    private readonly Lock _gate = new();
    private CrtDecryption? _decryption;

    /// <summary>Creates a key, which owns its primes.</summary>
    public PaillierSecretKey(
        PaillierPublicKey publicKey, PaillierPrimes primes, SecretKeyExportPolicy exportPolicy, RandomSource random)
        : base(publicKey.ParametersId, publicKey.KeyId, exportPolicy)
    {
        PublicKey = publicKey;
        _primes = primes;
        _random = random;
    }

    public PaillierPublicKey PublicKey { get; }

    /// <summary>Decryption under this key, to be used within a <see cref="SecretKey.Use"/> only.</summary>
    public CrtDecryption Decryption
    {
        get
        {
            // The next use tries again after a failure, such as one for want of memory, which Lazy would repeat forever.
            lock (_gate)
            {
                return _decryption ??= new CrtDecryption(PublicKey.Modulus.Arithmetic, _primes.P, _primes.Q, _random);
            }
        }
    }

    protected override int MaterialLength => _primes.P.Length + _primes.Q.Length + PublicKey.Generator.Length;

    /// <summary>The length of exported key material in bytes.</summary>
    public static int MaterialLengthOf(PaillierParameters parameters) => 2 * parameters.ModulusLength;

    protected override void CopyMaterial(Span<byte> destination)
    {
        _primes.P.CopyTo(destination);
        _primes.Q.CopyTo(destination[_primes.P.Length..]);
        PublicKey.Generator.CopyTo(destination[(_primes.P.Length + _primes.Q.Length)..]);
    }

    protected override void ZeroMaterial()
    {
        _primes.Dispose();
        _decryption?.Dispose();
    }
}
