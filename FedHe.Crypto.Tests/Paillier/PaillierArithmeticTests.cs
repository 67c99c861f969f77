using System.Numerics;
using FedHe.Crypto.Kernels.MultiPrecision;
using FedHe.Crypto.Paillier.Arithmetic;
using FedHe.Crypto.Paillier.Randomness;
using FedHe.Crypto.Random;
using FedHe.Crypto.Tests.Random;

namespace FedHe.Crypto.Tests.Paillier;

/// <summary>The arithmetic that the scheme uses, against a known answer and against big integers.</summary>
public sealed class PaillierArithmeticTests
{
    private static readonly BigInteger P = Number(PaillierKnownAnswer.P);
    private static readonly BigInteger Q = Number(PaillierKnownAnswer.Q);
    private static readonly BigInteger N = P * Q;
    private static readonly BigInteger Square = N * N;
    private static readonly PaillierArithmetic Arithmetic = new(Bytes(N, 256));

    private static readonly RandomizerSource KnownRandomizers =
        new CombRandomizerSource(Arithmetic, PaillierKnownAnswer.Generator, new FixedSource(PaillierKnownAnswer.Exponent));

    [Fact]
    public void Encrypt_KnownExponent_GivesTheKnownCiphertext()
    {
        var ciphertext = new byte[512];

        Arithmetic.Encrypt(PaillierKnownAnswer.Message, Create(KnownRandomizers, 1), ciphertext);

        ciphertext.Should().Equal(PaillierKnownAnswer.Ciphertext);
    }

    [Fact]
    public void Decrypt_KnownCiphertext_GivesTheKnownMessage()
    {
        using var secret = new CrtDecryption(
            Arithmetic, PaillierKnownAnswer.P, PaillierKnownAnswer.Q, new DeterministicRandomSource(1));
        var message = new byte[256];

        secret.Decrypt(PaillierKnownAnswer.Ciphertext, message);

        message.Should().Equal(PaillierKnownAnswer.Message);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(7)]
    [InlineData(8)]
    [InlineData(11)]
    public void EncryptAndDecrypt_AnyNumberOfMessages_GiveThemBack(int count)
    {
        BigInteger[] messages = [.. Extremes().Concat(Randoms(20, N, seed: count)).Take(count)];
        RandomizerSource randomizers =
            new CombRandomizerSource(Arithmetic, PaillierKnownAnswer.Generator, new DeterministicRandomSource(count));
        using var secret = new CrtDecryption(
            Arithmetic, PaillierKnownAnswer.P, PaillierKnownAnswer.Q, new DeterministicRandomSource(count));
        var ciphertexts = new byte[512 * count];
        var decrypted = new byte[256 * count];

        Arithmetic.Encrypt(Batch(messages, 256), Create(randomizers, count), ciphertexts);
        secret.Decrypt(ciphertexts, decrypted);

        Split(decrypted, 256).Should().Equal(messages);
        Split(ciphertexts, 512).Should().OnlyHaveUniqueItems();
        Arithmetic.AreUnitsInVariableTime(ciphertexts).Should().BeTrue();
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(4095)]
    [InlineData(4096)]
    [InlineData(long.MaxValue)]
    public void Product_OfPowers_IsThatOfBigIntegers(long weight)
    {
        const int Count = 11;
        BigInteger[] first = [.. Randoms(Count, Square, seed: 1)];
        BigInteger[] second = [BigInteger.One, Square - 1, .. Randoms(Count - 2, Square, seed: 2)];
        using var product = new CiphertextProducts(Arithmetic, Count);
        var bytes = new byte[512 * Count];
        product.CopyTo(0, bytes);
        Split(bytes, 512).Should().AllBeEquivalentTo(BigInteger.One);

        product.MultiplyPower(0, Batch(first, 512), weight);
        product.MultiplyPower(0, Batch(second[..3], 512), 1);
        product.MultiplyPower(3, Batch(second[3..], 512), 1);
        product.CopyTo(0, bytes);

        BigInteger[] expected = [.. first.Zip(second, (a, b) => BigInteger.ModPow(a, weight, Square) * b % Square)];
        Split(bytes, 512).Should().Equal(expected);
        product.CopyTo(Count - 1, bytes.AsSpan(0, 512));
        Number(bytes.AsSpan(0, 512)).Should().Be(expected[^1]);
    }

    [Fact]
    public void AreUnits_AnythingElseAnywhereInABatch_IsFoundOut()
    {
        const int Count = 19;
        BigInteger[] units = [BigInteger.One, Square - 1, .. Randoms(Count - 2, Square, seed: 3)];
        Arithmetic.AreUnitsInVariableTime(Batch(units, 512)).Should().BeTrue();
        foreach (BigInteger bad in (BigInteger[])[0, P, Q, N, N * (N - 1), P * (Q + 2), Square, Square + 1, (BigInteger.One << 4096) - 1])
        {
            foreach (int position in (int[])[0, 1, 8, Count - 1])
            {
                BigInteger[] spoilt = [.. units];
                spoilt[position] = bad;

                Arithmetic.AreUnitsInVariableTime(Batch(spoilt, 512)).Should().BeFalse();
            }
        }
    }

    private static IEnumerable<BigInteger> Extremes() => [0, 1, N - 1, N / 2, (N / 2) + 1, P, Q];

    private static IEnumerable<BigInteger> Randoms(int count, BigInteger below, int seed)
    {
        var random = new System.Random(seed);
        var bytes = new byte[520];
        for (int i = 0; i < count; i++)
        {
            random.NextBytes(bytes);
            yield return Number(bytes) % below;
        }
    }

    private static byte[] Create(RandomizerSource randomizers, int count)
    {
        var bytes = new byte[512 * count];
        randomizers.Create(bytes);
        return bytes;
    }

    private static byte[] Batch(IEnumerable<BigInteger> numbers, int length) => [.. numbers.SelectMany(number => Bytes(number, length))];

    private static BigInteger[] Split(byte[] batch, int length)
        => [.. Enumerable.Range(0, batch.Length / length).Select(i => Number(batch.AsSpan(i * length, length)))];

    private static BigInteger Number(ReadOnlySpan<byte> bytes) => new(bytes, isUnsigned: true, isBigEndian: true);

    private static byte[] Bytes(BigInteger number, int length)
    {
        byte[] bytes = number.ToByteArray(isUnsigned: true, isBigEndian: true);
        return [.. new byte[length - bytes.Length], .. bytes];
    }

    private sealed class FixedSource(byte[] bytes) : RandomSource
    {
        public override void Fill(Span<byte> destination) => bytes.CopyTo(destination);
    }
}
