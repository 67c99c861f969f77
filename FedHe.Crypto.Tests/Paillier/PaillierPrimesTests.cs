using System.Numerics;
using FedHe.Crypto.Paillier.Primes;
using FedHe.Crypto.Random;

namespace FedHe.Crypto.Tests.Paillier;

/// <summary>
/// Primes that fulfil every condition but one. They were searched with the integers of Python: 3 modulo 4, and the nearest on
/// either side of the distance that FIPS 186-5 demands, with gcd(p-1, q-1) = 2.
/// </summary>
public sealed class PaillierPrimesTests
{
    private const int KeyBits = 2048;

    private static readonly BigInteger P = Number(PaillierKnownAnswer.P);

    // |p - q| must have more than 1024 - 100 bits.
    private static readonly BigInteger Least = BigInteger.One << (KeyBits / 2 - 100);

    [Fact]
    public void Primes_CloserThanTheStandardAllows_AreRefused()
    {
        IsKey(P + Least - 832).Should().BeFalse();
        IsKey(P - Least + 3196).Should().BeFalse();
    }

    [Fact]
    public void Primes_JustFarEnoughApart_AreAccepted()
    {
        IsKey(P + Least + 1852).Should().BeTrue();
        IsKey(P - Least - 3204).Should().BeTrue();
    }

    [Fact]
    public void Primes_Equal_AreRefused() => IsKey(P).Should().BeFalse();

    [Fact]
    public void Primes_WhoseProductHasOtherThanTheBitsOfAKey_AreRefused()
    {
        TryRead(P, Number(PaillierKnownAnswer.Q), KeyBits).Should().BeTrue();
        TryRead(P, Number(PaillierKnownAnswer.Q), KeyBits + 16).Should().BeFalse();
        TryRead(P, Number(PaillierKnownAnswer.Q), KeyBits - 16).Should().BeFalse();
    }

    private static bool IsKey(BigInteger q)
    {
        VariableTimeNumberTheory.IsPrime(q, RandomSource.System).Should().BeTrue();
        bool isKey = TryRead(P, q, KeyBits);
        TryRead(q, P, KeyBits).Should().Be(isKey, "the order does not matter");
        return isKey;
    }

    private static bool TryRead(BigInteger p, BigInteger q, int keyBits)
    {
        using PaillierPrimes? primes = PaillierPrimes.TryReadInVariableTime(
            p.ToByteArray(isUnsigned: true, isBigEndian: true), q.ToByteArray(isUnsigned: true, isBigEndian: true), keyBits, RandomSource.System);
        return primes is not null;
    }

    private static BigInteger Number(byte[] bytes) => new(bytes, isUnsigned: true, isBigEndian: true);
}
