using System.Numerics;
using FedHe.Crypto.Kernels.Modular;

namespace FedHe.Crypto.Tests.Kernels;

public sealed class BarrettModulusTests
{
    public static TheoryData<ulong> Primes { get; } = [3, 12289, 1073741827, (1UL << 50) - 27, 1152921504606830593, (1UL << 62) - 57];

    [Theory]
    [MemberData(nameof(Primes))]
    public void Reduce_ExtremesAndRandom_AgreesWithBigInteger(ulong prime)
    {
        var modulus = new BarrettModulus(prime);
        ulong[] words = Words(prime);
        foreach (ulong high in words)
        {
            foreach (ulong low in words)
            {
                modulus.Reduce(high, low).Should().Be((ulong)(((BigInteger)high << 64 | low) % prime));
                modulus.Multiply(high, low).Should().Be((ulong)((BigInteger)high * low % prime));
            }
        }
    }

    [Theory]
    [MemberData(nameof(Primes))]
    public void Factor_OfEveryResidue_IsTheShoupFactor(ulong prime)
    {
        var modulus = new BarrettModulus(prime);
        foreach (ulong word in Words(prime))
        {
            modulus.Factor(word % prime).Should().Be(ShoupFactor.Create(word % prime, prime));
        }
    }

    [Theory]
    [MemberData(nameof(Primes))]
    public void Power_OfAnyExponent_AgreesWithBigInteger(ulong prime)
    {
        var modulus = new BarrettModulus(prime);
        foreach (long exponent in (long[])[0, 1, 2, 512, 1023, long.MaxValue])
        {
            ulong x = prime - 2;
            modulus.Power(x, exponent).Should().Be((ulong)BigInteger.ModPow(x, exponent, prime));
        }
    }

    private static ulong[] Words(ulong prime)
    {
        var random = new System.Random(1);
        return
        [
            0, 1, prime - 1, prime, prime + 1, 2 * prime, ulong.MaxValue, ulong.MaxValue - 1, 1UL << 63, 1UL << 32,
            .. Enumerable.Range(0, 50).Select(_ => (ulong)random.NextInt64(long.MinValue, long.MaxValue)),
        ];
    }
}
