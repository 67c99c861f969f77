using System.Numerics;
using System.Security.Cryptography;
using FedHe.Crypto.Errors;
using FedHe.Crypto.Identities;
using FedHe.Crypto.Kernels.MultiPrecision;
using FedHe.Crypto.Keys;
using FedHe.Crypto.Paillier.Arithmetic;
using FedHe.Crypto.Paillier.Parameters;
using FedHe.Crypto.Paillier.Primes;
using FedHe.Crypto.Random;
using FedHe.Crypto.Serialization;

namespace FedHe.Crypto.Paillier.Keys;

/// <summary>A key factory generates keys, and reads them from untrusted bytes. It is thread-safe.</summary>
internal sealed class PaillierKeyFactory(PaillierParameters parameters, PaillierModulusCache moduli, RandomSource random)
{
    // With 128 bits more than n has, a remainder modulo n is as good as uniform.
    private const int ExcessBytes = 16;

    public KeyPair Generate(SecretKeyExportPolicy exportPolicy)
        => Generate(PaillierPrimes.Generate(parameters.KeyBits, random), exportPolicy);

    /// <summary>Makes the keys of new primes, which the secret key owns; they are zeroed when that fails.</summary>
    public KeyPair Generate(PaillierPrimes primes, SecretKeyExportPolicy exportPolicy)
    {
        try
        {
            PaillierPublicKey publicKey = CreatePublicKey(PaillierPrimes.Product(primes.P, primes.Q));
            return new KeyPair(publicKey, new PaillierSecretKey(publicKey, primes, exportPolicy, random));
        }
        catch
        {
            primes.Dispose();
            throw;
        }
    }

    public PaillierPublicKey? TryReadPublicKey(ReadOnlySpan<byte> source, out FormatError reason)
    {
        int payloadLength = 2 * parameters.ModulusLength;
        var reader = new WireReader(source);
        reader.ReadHeader(WireKind.PublicKey, parameters.Id, WireHeader.SizeInBytes + payloadLength);
        ReadOnlySpan<byte> payload = reader.ReadBytes(payloadLength);
        reader.ExpectEnd();
        reason = reader.Error;
        return reader.Failed ? null : TryReadPayload(payload.ToArray(), out reason);
    }

    /// <summary>Reads exported material, refusing everything but the primes of the key of the given identity.</summary>
    /// <param name="keyId">The identity that the key must have.</param>
    /// <param name="material">p, q and h, of <see cref="PaillierSecretKey.MaterialLengthOf"/> bytes.</param>
    /// <param name="exportPolicy">The export policy of the key.</param>
    /// <param name="reason">The reason of a refusal.</param>
    public PaillierSecretKey? TryReadSecretKey(
        KeyId keyId, ReadOnlySpan<byte> material, SecretKeyExportPolicy exportPolicy, out FormatError reason)
    {
        int length = parameters.ModulusLength;
        ReadOnlySpan<byte> p = material[..(length / 2)];
        ReadOnlySpan<byte> q = material[(length / 2)..length];
        byte[] payload = new byte[2 * length];
        BigEndian.Write(PaillierPrimes.Product(p, q), payload.AsSpan(0, length)); // n = p*q
        material[length..].CopyTo(payload.AsSpan(length));

        // The identity is checked before the primes are, which takes far longer.
        PaillierPublicKey? publicKey = TryReadPayload(payload, out reason);
        if (publicKey is null)
        {
            return null;
        }

        PaillierPrimes? primes = publicKey.KeyId == keyId
            ? PaillierPrimes.TryReadInVariableTime(p, q, parameters.KeyBits, random)
            : null;
        if (primes is null || !IsNegatedSquare(publicKey.Generator, primes))
        {
            primes?.Dispose();
            reason = FormatError.Inconsistent;
            return null;
        }

        reason = FormatError.None;
        return new PaillierSecretKey(publicKey, primes, exportPolicy, random);
    }

    /// <summary>Tells whether -h is a square modulo both primes, as h = -x^2 modulo n is made.</summary>
    /// <remarks>Otherwise the Jacobi symbol of a power of h may tell whether its exponent is even.</remarks>
    private static bool IsNegatedSquare(ReadOnlySpan<byte> generator, PaillierPrimes primes)
    {
        BigInteger negated = -BigEndian.Read(generator);
        return VariableTimeNumberTheory.IsSquareModulo(negated, BigEndian.Read(primes.P))
            && VariableTimeNumberTheory.IsSquareModulo(negated, BigEndian.Read(primes.Q));
    }

    /// <summary>Creates the public key of a modulus, with a fresh h = -x^2 modulo n.</summary>
    private PaillierPublicKey CreatePublicKey(BigInteger modulus)
    {
        int length = parameters.ModulusLength;
        byte[] payload = new byte[2 * length];
        BigEndian.Write(modulus, payload.AsSpan(0, length));

        byte[] bytes = new byte[length + ExcessBytes];
        try
        {
            BigInteger x;
            do
            {
                random.Fill(bytes);
                x = BigEndian.Read(bytes) % modulus;
            }
            while (!BigInteger.GreatestCommonDivisor(x, modulus).IsOne);

            BigEndian.Write(modulus - (x * x % modulus), payload.AsSpan(length)); // h = -x^2
        }
        finally
        {
            CryptographicOperations.ZeroMemory(bytes);
        }

        return Create(payload);
    }

    /// <summary>
    /// Reads n and h, refusing what cannot be a key: n of another length, even, a square or with a small factor; h outside
    /// of 2 to n - 2, not coprime to n or of an order that is tiny modulo a prime of n.
    /// </summary>
    private PaillierPublicKey? TryReadPayload(byte[] payload, out FormatError reason)
    {
        int length = parameters.ModulusLength;
        if (!PaillierModulus.IsOddOfFullLength(payload.AsSpan(0, length)))
        {
            reason = FormatError.FieldOutOfRange;
            return null;
        }

        BigInteger modulus = BigEndian.Read(payload.AsSpan(0, length));
        BigInteger generator = BigEndian.Read(payload.AsSpan(length));
        bool isPossible = generator > BigInteger.One && generator < modulus - 1
            && !VariableTimeNumberTheory.HasSmallFactor(modulus)
            && !VariableTimeNumberTheory.IsSquare(modulus)
            && BigInteger.GreatestCommonDivisor(generator, modulus).IsOne
            && !VariableTimeNumberTheory.HasTinyOrder(generator, modulus);
        reason = isPossible ? FormatError.None : FormatError.FieldOutOfRange;
        return isPossible ? Create(payload) : null;
    }

    private PaillierPublicKey Create(byte[] payload) => new(parameters, payload, moduli.GetOfPublicKey(payload), random);
}
