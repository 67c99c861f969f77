using System.Numerics;
using FedHe.Crypto.Encoding;
using FedHe.Crypto.Kernels.Modular;
using FedHe.Crypto.Kernels.Rns;

namespace FedHe.Crypto.Tests.Kernels;

/// <summary>Integers spread over two primes, against integers of any size.</summary>
public sealed class PlaintextComposerTests
{
    private const int Degree = 1024;

    public static TheoryData<int, int, int> Settings { get; } = new()
    {
        { 50, 50, 1 }, { 50, 50, 18 }, { 50, 50, 36 }, { 50, 50, 52 }, { 30, 45, 40 }, { 20, 21, 17 },
    };

    [Theory]
    [MemberData(nameof(Settings))]
    public void Spread_OfRemainders_IsTheRoundedProductModuloEveryPrime(int firstBits, int secondBits, int logPlaintext)
    {
        ulong[] moduli = ModuliOf(firstBits, secondBits);
        BigInteger modulus = Product(moduli);
        var composer = new PlaintextComposer(moduli, logPlaintext);
        var packing = new ExactRemainderPacking(Degree, logScale: 0, moduli, logPlaintext, fields: 1);
        long[] plaintexts = PlaintextsOf(logPlaintext);
        var remainders = new long[Degree];
        packing.Encode([.. plaintexts.Select(value => (double)value)], remainders);
        for (int limb = 0; limb < moduli.Length; limb++)
        {
            ulong prime = moduli[limb];
            ulong[] residues = [.. remainders.Select(remainder => (ulong)Modulo(remainder, prime))];
            composer.Spread(limb, residues);

            residues.Should().Equal(plaintexts.Select(m => (ulong)Modulo(RoundedQuotient(m * modulus, BigInteger.One << logPlaintext), prime)));
        }
    }

    [Theory]
    [MemberData(nameof(Settings))]
    public void Compose_WithNoiseUpToItsLimit_GivesTheIntegersAndTheirDistance(int firstBits, int secondBits, int logPlaintext)
    {
        ulong[] moduli = ModuliOf(firstBits, secondBits);
        BigInteger modulus = Product(moduli);
        BigInteger unit = BigInteger.One << logPlaintext;
        var composer = new PlaintextComposer(moduli, logPlaintext);
        long[] plaintexts = PlaintextsOf(logPlaintext);
        BigInteger limit = (modulus >> (logPlaintext + 1)) - (modulus >> 61) - 3;
        foreach (BigInteger noise in (BigInteger[])[0, limit, -limit, limit / 3, -limit / 2])
        {
            BigInteger[] coefficients = [.. plaintexts.Select(m => RoundedQuotient(m * modulus, unit) + noise)];
            ulong[] limbs = [.. moduli.SelectMany(prime => coefficients.Select(x => (ulong)Modulo(x, prime)))];
            var composed = new double[Degree];
            ulong distance = composer.Compose(limbs, Degree, composed);

            composed.Should().Equal(plaintexts.Select(value => (double)value));
            BigInteger expected = (BigInteger.Abs(noise) << 64) / modulus;
            BigInteger slack = 8 + ((BigInteger.One << 64) / modulus); // four cut fractions, and the rounding to a coefficient
            BigInteger.Abs(distance - expected).Should().BeLessThanOrEqualTo(slack);
        }
    }

    [Theory]
    [InlineData(1, 52, 16)]
    [InlineData(2, 26, 5)]
    [InlineData(5, 10, 19)]
    [InlineData(17, 3, 7)]
    public void Fields_OfAnyNumberAndLength_AreThoseOfIntegers(int fields, int fieldBits, int degree)
    {
        ulong[] moduli = [(1UL << 50) - 27, (1UL << 49) + 9];
        var packing = new ExactRemainderPacking(degree, logScale: 1, moduli, fieldBits, fields);
        long half = 1L << (fieldBits - 1);
        var random = new System.Random(fields);
        long[] integers = [-half, half - 1, .. Enumerable.Range(2, (fields * degree) - 2).Select(_ => random.NextInt64(-half, half))];
        BigInteger unit = BigInteger.One << (fields * fieldBits);
        BigInteger[] sums =
        [
            .. Enumerable.Range(0, degree).Select(i => Enumerable.Range(0, fields).Aggregate(
                BigInteger.Zero, (sum, field) => sum + ((BigInteger)integers[(field * degree) + i] << (field * fieldBits)))),
        ];
        var remainders = new long[degree];
        packing.Encode([.. integers.Select(value => value / 2.0)], remainders);
        remainders.Select(remainder => (BigInteger)remainder).Should().Equal(sums.Select(sum => Balanced(sum * Product(moduli), unit)));

        var decoded = new double[(fields * degree) - 1];
        packing.Decode([.. sums.Select(sum => (double)Balanced(sum, unit))], decoded);
        decoded.Should().Equal(integers.SkipLast(1).Select(value => value / 2.0));
    }

    private static BigInteger Balanced(BigInteger value, BigInteger unit) => Modulo(value + (unit / 2), unit) - (unit / 2);

    private static ulong[] ModuliOf(int firstBits, int secondBits) => firstBits == secondBits
        ? [.. RingPrimes.LargestFirst(Degree, firstBits).Take(2)]
        : [RingPrimes.LargestFirst(Degree, firstBits).First(), RingPrimes.LargestFirst(Degree, secondBits).First()];

    private static BigInteger Product(ulong[] moduli) => moduli.Aggregate(BigInteger.One, (product, prime) => product * prime);

    /// <summary>The extremes of [-T/2, T/2), zero, and random numbers between.</summary>
    private static long[] PlaintextsOf(int logPlaintext)
    {
        long half = 1L << (logPlaintext - 1);
        var random = new System.Random(logPlaintext);
        return [-half, half - 1, 0, 1 - half, .. Enumerable.Range(4, Degree - 4).Select(_ => random.NextInt64(-half, half))];
    }

    private static BigInteger Modulo(BigInteger value, BigInteger modulus) => ((value % modulus) + modulus) % modulus;

    /// <summary>Computes floor(x/d + 1/2).</summary>
    private static BigInteger RoundedQuotient(BigInteger dividend, BigInteger divisor)
    {
        BigInteger twice = (2 * dividend) + divisor;
        return (twice - Modulo(twice, 2 * divisor)) / (2 * divisor);
    }
}
