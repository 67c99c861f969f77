using System.Numerics;
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
/// Primes are drawn anew until one passes, as in FIPS 186-5, appendix A.1.3, and not taken from RSA keys of the framework,
/// which the generator of the process alone decides.
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

    /// <summary>Generates the primes of a new key, not in constant time.</summary>
    /// <param name="keyBits">The number of bits of the product.</param>
    /// <param name="random">The source of the primes.</param>
    public static PaillierPrimes Generate(int keyBits, RandomSource random)
    {
        byte[] p = SecretMemory.Allocate<byte>(keyBits / 16);
        byte[] q = SecretMemory.Allocate<byte>(keyBits / 16);
        try
        {
            DrawPrime(p, random);
            do
            {
                DrawPrime(q, random);
            }
            while (!ArePair(p, q, keyBits));

            return new PaillierPrimes(p, q);
        }
        finally
        {
            SecretMemory.Zero<byte>(p);
            SecretMemory.Zero<byte>(q);
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

    /// <summary>Draws a prime that is 3 modulo 4, with its two highest bits set: a product of two has twice its bits.</summary>
    private static void DrawPrime(Span<byte> prime, RandomSource random)
    {
        do
        {
            random.Fill(prime);
            prime[0] |= 0xC0;
            prime[^1] |= 3;
        }
        while (!VariableTimeNumberTheory.IsPrime(BigEndian.Read(prime), random));
    }

    private static bool ArePair(ReadOnlySpan<byte> p, ReadOnlySpan<byte> q, int keyBits)
    {
        BigInteger first = BigEndian.Read(p);
        BigInteger second = BigEndian.Read(q);
        return (first * second).GetBitLength() == keyBits
            && BigInteger.GreatestCommonDivisor(first - 1, second - 1) == 2
            && BigInteger.Abs(first - second).GetBitLength() > (keyBits / 2) - CommonHighBits;
    }
}
