using System.Numerics;
using System.Security.Cryptography;
using FedHe.Crypto.Kernels.Memory;
using FedHe.Crypto.Kernels.MultiPrecision;
using FedHe.Crypto.Paillier.Arithmetic;
using FedHe.Crypto.Random;

namespace FedHe.Crypto.Paillier.Primes;

/// <summary>
/// Paillier primes are the primes of a secret key, in pinned memory: p = q = 3 modulo 4, gcd(p-1, q-1) = 2, far from
/// each other, and with a product of exactly as many bits as a key has.
/// </summary>
/// <remarks>
/// The framework has no generator of primes but the operating system's for RSA keys, whose primes meet FIPS 186-5. One in
/// four of its keys has two primes that are 3 modulo 4, so primes of different keys are put together.
/// Source: Damgard, Jurik and Nielsen (2010), section 4.2, for the conditions on primes.
/// </remarks>
internal sealed class PaillierPrimes : IDisposable
{
    // FIPS 186-5, appendix A.1.3: |p - q| is above 2^(half of the bits of n, less 100).
    private const int CommonHighBits = 100;

    private readonly byte[] _p;
    private readonly byte[] _q;

    private PaillierPrimes(ReadOnlySpan<byte> p, ReadOnlySpan<byte> q)
    {
        _p = SecretMemory.Allocate<byte>(p.Length);
        _q = SecretMemory.Allocate<byte>(q.Length);
        p.CopyTo(_p);
        q.CopyTo(_q);
    }

    /// <summary>The prime p, big-endian.</summary>
    public ReadOnlySpan<byte> P => _p;

    /// <summary>The prime q, big-endian.</summary>
    public ReadOnlySpan<byte> Q => _q;

    /// <summary>Generates the primes of a new key.</summary>
    public static PaillierPrimes Generate(int keyBits)
    {
        byte[] first = SecretMemory.Allocate<byte>(keyBits / 16);
        try
        {
            bool hasFirst = false;
            while (true)
            {
                using var generator = RSA.Create(keyBits);
                RSAParameters key = generator.ExportParameters(includePrivateParameters: true);
                try
                {
                    foreach (byte[] prime in (byte[][])[key.P!, key.Q!])
                    {
                        if (prime.Length != first.Length || (prime[^1] & 3) != 3)
                        {
                            continue;
                        }

                        if (hasFirst && ArePair(first, prime, keyBits))
                        {
                            return new PaillierPrimes(first, prime);
                        }

                        prime.CopyTo(first, 0);
                        hasFirst = true;
                    }
                }
                finally
                {
                    Zero(key);
                }
            }
        }
        finally
        {
            SecretMemory.Zero<byte>(first);
        }
    }

    /// <summary>Reads exported primes, not in constant time, so only for the owner of the key.</summary>
    /// <returns>Null if the numbers are not primes of a key.</returns>
    public static PaillierPrimes? TryReadInVariableTime(ReadOnlySpan<byte> p, ReadOnlySpan<byte> q, int keyBits, RandomSource random)
        => (p[^1] & 3) == 3 && (q[^1] & 3) == 3 && ArePair(p, q, keyBits)
            && VariableTimeNumberTheory.IsPrime(BigEndian.Read(p), random)
            && VariableTimeNumberTheory.IsPrime(BigEndian.Read(q), random)
            ? new PaillierPrimes(p, q)
            : null;

    /// <summary>Computes the modulus n = p*q.</summary>
    public static BigInteger Product(ReadOnlySpan<byte> p, ReadOnlySpan<byte> q)
        => BigEndian.Read(p) * BigEndian.Read(q);

    public void Dispose()
    {
        SecretMemory.Zero<byte>(_p);
        SecretMemory.Zero<byte>(_q);
    }

    private static bool ArePair(ReadOnlySpan<byte> p, ReadOnlySpan<byte> q, int keyBits)
    {
        BigInteger first = BigEndian.Read(p);
        BigInteger second = BigEndian.Read(q);
        return (first * second).GetBitLength() == keyBits
            && BigInteger.GreatestCommonDivisor(first - 1, second - 1) == 2
            && BigInteger.Abs(first - second).GetBitLength() > (keyBits / 2) - CommonHighBits;
    }

    private static void Zero(RSAParameters key)
    {
        foreach (byte[]? part in (byte[]?[])[key.D, key.DP, key.DQ, key.InverseQ, key.P, key.Q])
        {
            CryptographicOperations.ZeroMemory(part);
        }
    }
}
