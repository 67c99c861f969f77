using System.Numerics;
using FedHe.Crypto.Kernels.MultiPrecision;

namespace FedHe.Crypto.Tests.Kernels.MultiPrecision;

public sealed class MultiPrecisionIntegerTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(8)]
    [InlineData(9)]
    [InlineData(24)]
    public void ReadBigEndian_OfAnyLength_GivesTheInteger(int length)
    {
        byte[] bytes = new byte[length];
        new System.Random(length).NextBytes(bytes);
        var words = new ulong[3];
        words.AsSpan().Fill(ulong.MaxValue);
        MultiPrecisionInteger.ReadBigEndian(bytes, words);
        BigNumbers.FromWords(words).Should().Be(BigNumbers.FromBytes(bytes));
    }

    [Fact]
    public void WriteBigEndian_ReadBack_IsTheIdentity()
    {
        ulong[] words = [1, ulong.MaxValue, 0x0123456789ABCDEF];
        var bytes = new byte[24];
        MultiPrecisionInteger.WriteBigEndian(words, bytes);
        BigNumbers.FromBytes(bytes).Should().Be(BigNumbers.FromWords(words));
    }

    [Fact]
    public void BitsAndSetBits_AtEveryOffset_AgreeWithShifts()
    {
        ulong[] words = [0xF0E1D2C3B4A59687, ulong.MaxValue, 0x8000000000000001];
        BigInteger number = BigNumbers.FromWords(words);
        foreach (int count in (int[])[1, 5, 51, 64])
        {
            for (int offset = 0; offset < 200; offset++)
            {
                BigInteger expected = (number >> offset) & ((BigInteger.One << count) - 1);
                MultiPrecisionInteger.Bits(words, offset, count).Should().Be((ulong)expected);
                var destination = new ulong[6];
                MultiPrecisionInteger.SetBits(destination, offset, (ulong)expected);
                BigNumbers.FromWords(destination).Should().Be(expected << offset);
            }
        }
    }

    [Fact]
    public void SubtractOnce_SubtractsOnlyWhereNothingIsBorrowed()
    {
        BigInteger[] numbers = [0, 1, ulong.MaxValue, BigInteger.One << 64, (BigInteger.One << 128) - 1, (BigInteger.One << 127) + 5];
        foreach (BigInteger left in numbers)
        {
            foreach (BigInteger right in numbers)
            {
                ulong[] words = BigNumbers.ToWords(left, 2);
                ulong subtracted = MultiPrecisionInteger.SubtractOnce(words, BigNumbers.ToWords(right, 2));
                subtracted.Should().Be(left >= right ? ulong.MaxValue : 0);
                BigNumbers.FromWords(words).Should().Be(left >= right ? left - right : left);
            }
        }
    }

    [Fact]
    public void DividePowerOfTwo_AgreesWithBigInteger()
    {
        var random = new System.Random(4);
        foreach (int exponent in (int[])[128, 129, 190, 250])
        {
            BigInteger divisor = BigNumbers.RandomModulus(random, 128);
            var quotient = new ulong[2];
            var remainder = new ulong[3];
            MultiPrecisionInteger.DividePowerOfTwo(exponent, BigNumbers.ToWords(divisor, 2), quotient, remainder);
            BigNumbers.FromWords(quotient).Should().Be((BigInteger.One << exponent) / divisor);
            BigNumbers.FromWords(remainder).Should().Be((BigInteger.One << exponent) % divisor);
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(ulong.MaxValue)]
    [InlineData(0x8000000000000001)]
    public void NegatedInverse_TimesTheNumber_IsMinusOne(ulong number)
        => (number * MultiPrecisionInteger.NegatedInverse(number)).Should().Be(ulong.MaxValue);
}
