using System.Collections.Immutable;
using System.Numerics;
using FedHe.Crypto.Kernels.MultiPrecision;
using FedHe.Crypto.Paillier.Arithmetic;
using FedHe.Crypto.Random;

namespace FedHe.Crypto.Paillier.Primes;

/// <summary>This class tests large numbers for primes, squares and small factors. No test is constant-time.</summary>
internal static class VariableTimeNumberTheory
{
    private const int SmallPrimeLimit = 1 << 12;
    private const int Rounds = 40;

    private const int TinyOrderLimit = 1 << 7;

    private static readonly ImmutableArray<uint> SmallPrimes = [.. PrimesBelow(SmallPrimeLimit)];

    // The least common multiple of all numbers up to the limit, 184 bits.
    private static readonly BigInteger TinyOrders = Enumerable.Range(1, TinyOrderLimit).Aggregate(
        BigInteger.One, (multiple, number) => multiple / BigInteger.GreatestCommonDivisor(multiple, number) * number);

    /// <summary>Tells whether a prime below 4096 divides a number.</summary>
    public static bool HasSmallFactor(BigInteger number)
    {
        // A product of primes at a time, so that the large number is divided a hundred times only.
        Span<ulong> words = stackalloc ulong[(number.GetByteCount(isUnsigned: true) + sizeof(ulong) - 1) / sizeof(ulong)];
        MultiPrecisionInteger.ReadBigEndian(number.ToByteArray(isUnsigned: true, isBigEndian: true), words);
        ulong product = 1;
        foreach (uint prime in SmallPrimes)
        {
            if (product > ulong.MaxValue / SmallPrimeLimit)
            {
                if (HasFactorIn(words, product))
                {
                    return true;
                }

                product = 1;
            }

            product *= prime;
        }

        return HasFactorIn(words, product);
    }

    /// <summary>Tells whether a positive number is a square.</summary>
    public static bool IsSquare(BigInteger number)
    {
        // Newton's method from above.
        BigInteger root = BigInteger.One << (int)((number.GetBitLength() + 1) / 2);
        while (true)
        {
            BigInteger next = (root + (number / root)) >> 1;
            if (next >= root)
            {
                return root * root == number;
            }

            root = next;
        }
    }

    /// <summary>Tells whether a number is a square modulo an odd prime that does not divide it, by Euler's criterion.</summary>
    public static bool IsSquareModulo(BigInteger number, BigInteger prime)
    {
        BigInteger remainder = ((number % prime) + prime) % prime;
        return BigInteger.ModPow(remainder, (prime - 1) / 2, prime).IsOne;
    }

    /// <summary>
    /// Tells whether the order of a number is at most 128, or a divisor of the least common multiple L of 1 to 128, modulo any
    /// prime factor of an odd modulus. The factors need not be known.
    /// </summary>
    /// <remarks>
    /// The order divides L modulo a factor p exactly if p divides x^L - 1. For a random x this holds with probability
    /// gcd(L, p-1)/(p-1), at most 2^184/p.
    /// </remarks>
    public static bool HasTinyOrder(BigInteger number, BigInteger modulus)
        => !BigInteger.GreatestCommonDivisor(BigInteger.ModPow(number, TinyOrders, modulus) - 1, modulus).IsOne;

    /// <summary>
    /// Tells whether an odd number above 4096 is prime, by the test of Miller and Rabin to 40 random bases. A composite
    /// number passes with probability at most 2^-80, even one chosen for the purpose.
    /// </summary>
    /// <remarks>Source: FIPS 186-5, appendix B.3.1.</remarks>
    public static bool IsPrime(BigInteger number, RandomSource random)
    {
        if (HasSmallFactor(number))
        {
            return false;
        }

        BigInteger less = number - 1;
        int twos = 0;
        while ((less >> twos).IsEven)
        {
            twos++;
        }

        BigInteger odd = less >> twos;
        byte[] bytes = new byte[number.GetByteCount(isUnsigned: true) + 8];
        for (int round = 0; round < Rounds; round++)
        {
            random.Fill(bytes);
            BigInteger witness = (BigEndian.Read(bytes) % (number - 3)) + 2;
            if (!IsStrongProbablePrime(BigInteger.ModPow(witness, odd, number), number, twos))
            {
                return false;
            }
        }

        return true;
    }

    private static bool IsStrongProbablePrime(BigInteger power, BigInteger number, int twos)
    {
        if (power.IsOne)
        {
            return true;
        }

        for (int i = 0; i < twos; i++)
        {
            if (power == number - 1)
            {
                return true;
            }

            power = power * power % number;
        }

        return false;
    }

    private static bool HasFactorIn(ReadOnlySpan<ulong> number, ulong product)
    {
        UInt128 remainder = 0;
        for (int i = number.Length - 1; i >= 0; i--)
        {
            remainder = ((remainder << 64) | number[i]) % product;
        }

        (ulong larger, ulong smaller) = (product, (ulong)remainder);
        while (smaller != 0)
        {
            (larger, smaller) = (smaller, larger % smaller);
        }

        return larger > 1;
    }

    private static IEnumerable<uint> PrimesBelow(uint limit)
    {
        for (uint candidate = 2; candidate < limit; candidate++)
        {
            bool isPrime = true;
            for (uint divisor = 2; divisor * divisor <= candidate; divisor++)
            {
                isPrime &= candidate % divisor != 0;
            }

            if (isPrime)
            {
                yield return candidate;
            }
        }
    }
}
