using System.Buffers;
using FedHe.Crypto.Ciphertexts;
using FedHe.Crypto.Ckks;
using FedHe.Crypto.Ckks.Parameters;
using FedHe.Crypto.Errors;
using FedHe.Crypto.Keys;
using FedHe.Crypto.Operations;
using FedHe.Crypto.Parameters;
using FedHe.Crypto.Serialization;

namespace FedHe.Crypto.Tests.Ckks;

/// <summary>Sums of exact integers over two primes, at the largest sums that are promised.</summary>
public sealed class CkksExactTwoPrimesTests
{
    [Theory]
    [InlineData(4096, 16, 1000, CkksTraffic.PublicKey)]
    [InlineData(4096, 32, 1 << 19, CkksTraffic.PublicKey)]
    [InlineData(4096, 24, 1 << 26, CkksTraffic.SeedLists)]
    [InlineData(8192, 8, 3, CkksTraffic.FullSums)]
    [InlineData(8192, 2, 1L << 32, CkksTraffic.PublicKey)]
    public void Sum_OfTheLargestTotalWeight_IsExact(int degree, int precisionBits, long totalWeight, CkksTraffic traffic)
    {
        using HeContext he = new CkksScheme().CreateContext(Create(degree, precisionBits, totalWeight, traffic));
        using KeyPair keys = he.GenerateKeyPair();
        double scale = Math.ScaleB(1, precisionBits - 1);
        int length = he.Parameters.ValuesPerCiphertext + 3;
        var random = new System.Random(precisionBits);
        using IAccumulator sum = he.Public.Evaluator.CreateAccumulator(length);
        var exact = new double[length];
        long[] weights = [1, totalWeight / 2, totalWeight - (totalWeight / 2) - 1];
        foreach (long weight in weights.Where(weight => weight > 0))
        {
            double[] values = [.. Enumerable.Range(0, length).Select(i => (i % 3) switch { 0 => 1.0, 1 => -1.0, _ => (2 * random.NextDouble()) - 1 })];
            EncryptionKey key = traffic == CkksTraffic.PublicKey && weight % 2 == 0 ? keys.PublicKey : keys.SecretKey;
            using EncryptedVector fresh = he.CreateEncryptor(key).Encrypt(values, maxAbs: 1);
            var bytes = new ArrayBufferWriter<byte>();
            fresh.WriteTo(bytes);
            using EncryptedVector received = he.Public.Reader.Read(bytes.WrittenSpan, WireLimits.Default);
            sum.Add(received, weight);
            for (int i = 0; i < length; i++)
            {
                exact[i] += weight * Math.Round(values[i] * scale) / scale;
            }
        }

        using EncryptedVector more = he.CreateEncryptor(keys.SecretKey).Encrypt(exact.Select(_ => 0.0).ToArray(), maxAbs: 1);
        FluentActions.Invoking(() => sum.Add(more)).Should().Throw<HeCapacityException>();
        using EncryptedVector aggregate = sum.Complete();
        var decrypted = new double[length];

        he.CreateDecryptor(keys.SecretKey).Decrypt(aggregate, decrypted);

        decrypted.AsSpan().SequenceEqual(exact).Should().BeTrue("sums of integers have no error");
    }

    [Theory]
    [InlineData(16, 1000, 2)]
    [InlineData(8, 3, 5)]
    [InlineData(32, 1 << 19, 1)]
    public void Plan_OfTwoPrimes_HasTheMostFieldsThatFitAndNoBitsToSpare(int precisionBits, long totalWeight, int expected)
    {
        CkksParameters parameters = Create(4096, precisionBits, totalWeight, CkksTraffic.PublicKey);
        CkksExactIntegers plan = parameters.ExactIntegers!;

        plan.Fields.Should().Be(expected);
        (plan.LogPlaintextModulus <= 52).Should().BeTrue();
        ((plan.Fields + 1) * plan.FieldBits > 52).Should().BeTrue("100 bits leave room for the noise of 52 bits of plaintext");
        (plan.Upload.C0, plan.Upload.C1, plan.SeedListSum.C0, plan.FullSum.C0, plan.FullSum.C1).Should().Be((0, 0, 0, 0, 0));
    }

    [Fact]
    public void Parameters_OfTwoPrimes_SurviveTheWireAndAreRefusedWhereTheyLeaveBitsOut()
    {
        CkksParameters parameters = CkksParameters.ForExactIntegers(16, 1000, CkksTraffic.PublicKey, primes: 2);
        var bytes = new ArrayBufferWriter<byte>();
        parameters.WriteTo(bytes);

        new CkksScheme().ReadParameters(bytes.WrittenSpan).Id.Should().Be(parameters.Id);
        parameters.SecurityLevel.Should().Be(SecurityLevel.Bits128);
        for (int fromEnd = 1; fromEnd <= 7; fromEnd++)
        {
            byte[] changed = bytes.WrittenSpan.ToArray();
            changed[^fromEnd]++;
            FluentActions.Invoking(() => new CkksScheme().ReadParameters(changed))
                .Should().Throw<HeParameterException>().Which.Error.Should().Be(ParameterError.PrecisionExceedsModulus);
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(3)]
    [InlineData(int.MaxValue)]
    public void Plan_OfAnotherNumberOfPrimes_IsRefusedByName(int primes)
        => FluentActions.Invoking(() => CkksParameters.ForExactIntegers(16, 1000, primes: primes))
            .Should().Throw<HeParameterException>().Which.Error.Should().Be(ParameterError.ModulusCountNotSupported);

    [Fact]
    public void Plan_WithoutRoomForOneField_IsRefusedByName()
        => FluentActions.Invoking(() => CkksParameters.ForExactIntegers(32, 1 << 21, primes: 2))
            .Should().Throw<HeParameterException>().Which.Error.Should().Be(ParameterError.PrecisionExceedsModulus);

    private static CkksParameters Create(int degree, int precisionBits, long totalWeight, CkksTraffic traffic)
        => CkksParameters.Create(new CkksParametersLiteral
        {
            Degree = degree,
            LogModuli = [50, 50],
            Packing = CkksPacking.ExactIntegers,
            LogScale = precisionBits - 1,
            LargestTotalWeight = totalWeight,
            Traffic = traffic,
        });
}
