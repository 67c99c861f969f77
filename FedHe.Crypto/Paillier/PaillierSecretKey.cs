using FedHe.Crypto.Errors;
using FedHe.Crypto.Identities;
using FedHe.Crypto.Kernels.MultiPrecision;
using FedHe.Crypto.Keys;
using FedHe.Crypto.Random;

namespace FedHe.Crypto.Paillier;

/// <summary>
/// The primes p and q. On the wire: both big-endian, then h, which is public and lets the key encrypt.
/// </summary>
internal sealed class PaillierSecretKey : SecretKey
{
    private readonly PaillierPrimes _primes;
    private readonly Lazy<PaillierSecretArithmetic> _arithmetic;

    public PaillierSecretKey(
        PaillierPublicKey publicKey, PaillierPrimes primes, SecretKeyExportPolicy exportPolicy, RandomSource random)
        : base(publicKey.ParametersId, publicKey.KeyId, exportPolicy)
    {
        PublicKey = publicKey;
        _primes = primes;
        _arithmetic = new Lazy<PaillierSecretArithmetic>(
            () => new PaillierSecretArithmetic(publicKey.Modulus.Arithmetic, primes.P, primes.Q, random));
    }

    public PaillierPublicKey PublicKey { get; }

    /// <summary>Decryption. To be asked for and used within a <see cref="SecretKey.Use"/> only.</summary>
    public PaillierSecretArithmetic Arithmetic => _arithmetic.Value;

    protected override int MaterialLength => _primes.P.Length + _primes.Q.Length + PublicKey.Generator.Length;

    public static int MaterialLengthOf(PaillierParameters parameters) => 2 * parameters.ModulusLength;

    /// <summary>Reads exported material, refusing anything but the primes of the key it says it is.</summary>
    public static PaillierSecretKey? Read(
        PaillierSetup setup, KeyId keyId, ReadOnlySpan<byte> material, SecretKeyExportPolicy exportPolicy, out FormatError reason)
    {
        int length = setup.Parameters.ModulusLength;
        ReadOnlySpan<byte> p = material[..(length / 2)];
        ReadOnlySpan<byte> q = material[(length / 2)..length];
        byte[] payload = new byte[2 * length];
        BigEndian.Write(PaillierPrimes.Product(p, q), payload.AsSpan(0, length));
        material[length..].CopyTo(payload.AsSpan(length));

        // The identity is checked before the primes are, which takes far longer.
        PaillierPublicKey? publicKey = PaillierPublicKey.TryReadPayload(setup, payload, out reason);
        if (publicKey is null)
        {
            return null;
        }

        PaillierPrimes? primes = publicKey.KeyId == keyId
            ? PaillierPrimes.TryReadInVariableTime(p, q, setup.Parameters.KeyBits, setup.Random)
            : null;
        reason = primes is null ? FormatError.Inconsistent : FormatError.None;
        return primes is null ? null : new PaillierSecretKey(publicKey, primes, exportPolicy, setup.Random);
    }

    protected override void CopyMaterial(Span<byte> destination)
    {
        _primes.P.CopyTo(destination);
        _primes.Q.CopyTo(destination[_primes.P.Length..]);
        PublicKey.Generator.CopyTo(destination[(_primes.P.Length + _primes.Q.Length)..]);
    }

    protected override void ZeroMaterial()
    {
        _primes.Dispose();
        if (_arithmetic.IsValueCreated)
        {
            _arithmetic.Value.Dispose();
        }
    }
}
