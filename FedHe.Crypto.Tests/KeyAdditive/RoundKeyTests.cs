using System.Buffers;
using FedHe.Crypto.Ciphertexts;
using FedHe.Crypto.Errors;
using FedHe.Crypto.Identities;
using FedHe.Crypto.Kernels.Modular;
using FedHe.Crypto.KeyAdditive;
using FedHe.Crypto.KeyAdditive.Keys;
using FedHe.Crypto.KeyAdditive.Parameters;
using FedHe.Crypto.KeyAdditive.Ring;
using FedHe.Crypto.Operations;

namespace FedHe.Crypto.Tests.KeyAdditive;

/// <summary>A round key is fresh, encrypts one upload, and leaves nothing behind.</summary>
public sealed class RoundKeyTests
{
    private static readonly Digest Seed = Digest.Compute("attempt"u8);
    private static readonly KeyAdditiveContext Context = KeyAdditiveAttempt.ContextFor(10, 24);

    [Fact]
    public void Encryptor_OfAKey_IsTheOnlyOne()
    {
        using RoundKey key = Context.GenerateRoundKey(Seed);
        Context.CreateEncryptor(key);
        Context.Invoking(context => context.CreateEncryptor(key)).Should().Throw<InvalidOperationException>();
    }

    [Fact]
    public void Encryptor_AfterARefusedValue_RefusesToGoOn()
    {
        using RoundKey key = Context.GenerateRoundKey(Seed);
        IEncryptor encryptor = Context.CreateEncryptor(key);
        double[] values = new double[5000];
        values[4321] = 1.5;
        encryptor.Invoking(own => own.Encrypt(values, 1)).Should().Throw<HeValueException>().Which.Index.Should().Be(4321);
        encryptor.Invoking(own => own.Encrypt(new double[5], 1)).Should().Throw<InvalidOperationException>();
    }

    [Fact]
    public void Encryptor_OfADisposedKey_Refuses()
    {
        RoundKey key = Context.GenerateRoundKey(Seed);
        IEncryptor encryptor = Context.CreateEncryptor(key);
        key.Dispose();
        encryptor.Invoking(own => own.Encrypt(new double[5], 1)).Should().Throw<ObjectDisposedException>();
        Context.Invoking(context => context.CreateEncryptor(key)).Should().Throw<ObjectDisposedException>();
        key.Invoking(own => own.CopyCoefficientsTo(new long[own.Length])).Should().Throw<ObjectDisposedException>();
        key.Polynomial.Coefficients.ToArray().Should().OnlyContain(coefficient => coefficient == 0);
        HalfFactors transformed = key.Polynomial.Mask.Should().BeOfType<HalfKeyMask>().Subject.Transformed;
        transformed.Values.ToArray().Should().OnlyContain(factor => factor == 0);
        transformed.Quotients.ToArray().Should().OnlyContain(quotient => quotient == 0);
    }

    [Fact]
    public void Values_BeyondOne_AreRefused()
    {
        using RoundKey key = Context.GenerateRoundKey(Seed);
        Context.CreateEncryptor(key).Invoking(own => own.Encrypt(new double[5], 1.001)).Should().Throw<HeCapacityException>();
    }

    [Fact]
    public void Keys_AndErrors_AreFreshForEveryEncryption()
    {
        const int Keys = 500;
        var seen = new HashSet<string>();
        long sum = 0;
        long squares = 0;
        var values = new double[1];
        for (int i = 0; i < Keys; i++)
        {
            using RoundKey key = Context.GenerateRoundKey(Seed);
            long[] coefficients = KeyAdditiveAttempt.CoefficientsOf(key);
            seen.Add(string.Join(',', coefficients.Take(40))).Should().BeTrue("no key comes twice");
            sum += coefficients.Sum();
            squares += coefficients.Sum(coefficient => coefficient * coefficient);
            using EncryptedVector upload = Context.CreateEncryptor(key).Encrypt(values, 1);
            seen.Add(Convert.ToHexString(KeyAdditiveAttempt.BytesOf(upload).AsSpan(^64))).Should().BeTrue();
        }

        double count = Keys * Context.Parameters.Degree;
        (sum / count).Should().BeInRange(-0.02, 0.02, "a million coefficients have a mean of 0 with a deviation of 0.0032");
        (squares / count).Should().BeInRange(10.4, 10.6, "the variance is 10.5 with a deviation of 0.0147");
    }

    [Fact]
    public void Upload_IsUniform()
    {
        using RoundKey key = Context.GenerateRoundKey(Seed);
        using EncryptedVector upload = Context.CreateEncryptor(key).Encrypt(new double[1_000_000], 1);
        byte[] bytes = KeyAdditiveAttempt.BytesOf(upload)[^3_000_000..];
        var counts = new int[256];
        foreach (byte value in bytes)
        {
            counts[value]++;
        }

        double expected = bytes.Length / 256.0;
        counts.Sum(count => (count - expected) * (count - expected) / expected)
            .Should().BeLessThan(400, "255 degrees of freedom exceed 400 with probability 10^-8");
    }

    [Fact]
    public void Key_IsNeverExportedOrShown()
    {
        using RoundKey key = Context.GenerateRoundKey(Seed);
        key.Invoking(own => own.ExportClear(new ArrayBufferWriter<byte>())).Should().Throw<InvalidOperationException>();
        key.ToString().Should().Be("Secret key");
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(11)]
    public void KeySum_OfANumberThatWasNotPlanned_IsRefused(int contributors)
        => Context.Invoking(context => context.CreateKeySum(Seed, contributors, new long[2048])).Should().Throw<ArgumentException>();

    [Theory]
    [InlineData(43)]
    [InlineData(-43)]
    [InlineData(long.MaxValue)]
    [InlineData(long.MinValue)]
    public void KeySum_BeyondItsContributors_IsRefused(long coefficient)
    {
        var sum = new long[2048];
        sum[2047] = coefficient;
        Context.Invoking(context => context.CreateKeySum(Seed, 2, sum)).Should().Throw<HeMismatchException>();
    }

    [Fact]
    public void Keys_OfOtherParameters_AreRefused()
    {
        KeyAdditiveContext other = KeyAdditiveAttempt.ContextFor(10, 16);
        using RoundKey key = other.GenerateRoundKey(Seed);
        using RoundKeySum sum = other.CreateKeySum(Seed, 2, new long[2048]);
        Context.Invoking(context => context.CreateEncryptor(key)).Should().Throw<HeMismatchException>();
        Context.Invoking(context => context.CreateDecryptor(sum)).Should().Throw<HeMismatchException>();
    }
}
