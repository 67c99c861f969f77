using System.Numerics;
using FedHe.Crypto.Kernels.MultiPrecision;

namespace FedHe.Crypto.Tests.Kernels.MultiPrecision;

/// <summary>Between big integers, which are the oracle, and what kernels work on.</summary>
internal static class BigNumbers
{
    public static BigInteger FromBytes(ReadOnlySpan<byte> bigEndian) => new(bigEndian, isUnsigned: true, isBigEndian: true);

    public static byte[] ToBytes(BigInteger number, int length)
    {
        var bytes = new byte[length];
        byte[] significant = number.ToByteArray(isUnsigned: true, isBigEndian: true);
        significant.CopyTo(bytes, length - significant.Length);
        return bytes;
    }

    public static BigInteger FromWords(ReadOnlySpan<ulong> words)
    {
        BigInteger number = BigInteger.Zero;
        for (int i = words.Length - 1; i >= 0; i--)
        {
            number = (number << 64) + words[i];
        }

        return number;
    }

    public static ulong[] ToWords(BigInteger number, int count)
    {
        var words = new ulong[count];
        MultiPrecisionInteger.ReadBigEndian(number.ToByteArray(isUnsigned: true, isBigEndian: true), words);
        return words;
    }

    /// <summary>A number below 2^bits; one in eight is full of zeros or ones.</summary>
    public static BigInteger Random(System.Random random, int bits)
    {
        var bytes = new byte[(bits + 7) / 8];
        random.NextBytes(bytes);
        if (random.Next(8) == 0)
        {
            int start = random.Next(bytes.Length);
            Array.Fill(bytes, (byte)(random.Next(2) * 255), start, bytes.Length - start);
        }

        return FromBytes(bytes) & ((BigInteger.One << bits) - 1);
    }

    /// <summary>Draws an odd number of exactly the given length.</summary>
    public static BigInteger RandomModulus(System.Random random, int bits)
        => Random(random, bits) | (BigInteger.One << (bits - 1)) | BigInteger.One;

    public static BigInteger Inverse(BigInteger number, BigInteger modulus)
    {
        (BigInteger previous, BigInteger current) = (BigInteger.Zero, BigInteger.One);
        (BigInteger dividend, BigInteger divisor) = (modulus, number % modulus);
        while (!divisor.IsZero)
        {
            BigInteger quotient = dividend / divisor;
            (previous, current) = (current, previous - (quotient * current));
            (dividend, divisor) = (divisor, dividend - (quotient * divisor));
        }

        return previous.Sign < 0 ? previous + modulus : previous;
    }
}
