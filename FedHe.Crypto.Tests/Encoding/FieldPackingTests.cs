using System.Numerics;
using FedHe.Crypto.Encoding;
using FedHe.Crypto.Paillier.Parameters;
using FsCheck;
using FsCheck.Fluent;

namespace FedHe.Crypto.Tests.Encoding;

/// <summary>Fields in large numbers, against sums of big integers.</summary>
public sealed class FieldPackingTests
{
    private static readonly Config Configuration = Config.QuickThrowOnFailure.WithMaxTest(200).WithReplay(11, 13);

    private static readonly Arbitrary<Sum> Sums = (
        from precisionBits in Gen.Choose(2, 30)
        from weights in Gen.Choose(1, 1000).ArrayOf(8)
        from slack in Gen.Choose(0, 50)
        from seed in Gen.Choose(0, 1 << 20)
        select new Sum(precisionBits, weights, slack, seed)).ToArbitrary();

    public static TheoryData<int, int, long> Plans { get; } = new()
    {
        { 2048, 16, 1000 }, { 2048, 2, 1 }, { 2048, 32, 1 << 15 }, { 3072, 16, 10 }, { 3072, 24, 10 }, { 3072, 24, 1 << 22 },
        { 4096, 24, 100_000 }, { 4096, 31, 1 }, { 4096, 16, 3 },
    };

    [Theory]
    [MemberData(nameof(Plans))]
    public void Fields_OfExtremeValuesAtFullWeight_NeitherBorrowNorOverflow(int keyBits, int precisionBits, long weight)
    {
        var parameters = PaillierParameters.Create(weight, precisionBits, keyBits);
        foreach (BigInteger modulus in ModuliOf(keyBits))
        {
            FieldPacking packing = Packing(parameters, modulus);
            Func<int, double>[] patterns =
            [
                _ => 1, _ => -1, _ => 0, i => i % 2 == 0 ? 1 : -1, i => i % 2 == 0 ? -1 : 1, i => i == 0 ? -1 : 0,
                i => i == packing.Count - 1 ? -1 : 0,
            ];
            foreach (Func<int, double> pattern in patterns)
            {
                double[] values = [.. Enumerable.Range(0, packing.Count).Select(pattern)];

                BigInteger sum = Encode(packing, values, modulus) * weight % modulus;

                Decode(packing, sum, modulus).Should().Equal(values.Select(value => value * weight));
            }
        }
    }

    [Theory]
    [MemberData(nameof(Plans))]
    public void Fields_AtTheEdgeOfTheCapacity_StillHold(int keyBits, int precisionBits, long weight)
    {
        // One vector whose bound takes up all of the capacity, as it may.
        var parameters = PaillierParameters.Create(weight, precisionBits, keyBits);
        double step = Math.ScaleB(1, 1 - precisionBits);
        double largest = Math.Floor((parameters.Capacity - (step / 2)) / step) * step;
        BigInteger modulus = ModuliOf(keyBits)[0];
        FieldPacking packing = Packing(parameters, modulus);
        double[] values = [.. Enumerable.Range(0, packing.Count).Select(i => i % 3 == 0 ? largest : -largest)];

        Decode(packing, Encode(packing, values, modulus), modulus).Should().Equal(values);
    }

    [Fact]
    public void WeightedSums_OfAnything_AreThoseOfRoundedValues()
        => Prop.ForAll(Sums, DecodesToTheRoundedSum).Check(Configuration);

    [Fact]
    public void Singles_AndDoubles_GiveTheSameNumbers()
    {
        var parameters = PaillierParameters.Create(10);
        BigInteger modulus = ModuliOf(3072)[0];
        FieldPacking packing = Packing(parameters, modulus);
        float[] values = [.. Enumerable.Range(0, packing.Count).Select(i => MathF.Sin(i))];
        var message = new byte[384];

        packing.Encode<float>(values, message);

        Number(message).Should().Be(Encode(packing, Array.ConvertAll(values, value => (double)value), modulus));
    }

    [Fact]
    public void Decode_AnyNumber_GivesFiniteValues()
    {
        var parameters = PaillierParameters.Create(10);
        foreach (BigInteger modulus in ModuliOf(3072))
        {
            FieldPacking packing = Packing(parameters, modulus);
            foreach (BigInteger number in (BigInteger[])[0, 1, modulus - 1, modulus / 2, modulus / 3])
            {
                var values = new double[packing.Count];
                packing.TryDecode(Bytes(number, 384), values);
                values.Should().OnlyContain(value => double.IsFinite(value));
            }
        }
    }

    [Fact]
    public void Decode_OfAnythingButAnEncoding_IsRefused()
    {
        var parameters = PaillierParameters.Create(10);
        BigInteger modulus = ModuliOf(3072)[1];
        FieldPacking packing = Packing(parameters, modulus);
        double[] few = [0.5, -0.25, 1];
        BigInteger good = Encode(packing, few, modulus);
        BigInteger field = BigInteger.One << parameters.FieldBits;
        IsDecoded(good).Should().BeTrue();
        IsDecoded(good + (field * field * field)).Should().BeFalse("the fourth field has no value");
        IsDecoded(good + BigInteger.Pow(field, packing.Count)).Should().BeFalse("there is nothing above the fields");
        IsDecoded(modulus / 3).Should().BeFalse();
        IsDecoded(good * 3 % modulus).Should().BeTrue("three such vectors have this sum");

        bool IsDecoded(BigInteger number) => packing.TryDecode(Bytes(number, 384), new double[few.Length]);
    }

    private static bool DecodesToTheRoundedSum(Sum sum)
    {
        var random = new System.Random(sum.Seed);
        var parameters = PaillierParameters.Create(sum.Weights.Sum() + sum.Slack, sum.PrecisionBits, keyBits: 2048);
        BigInteger modulus = ModuliOf(2048)[random.Next(3)];
        FieldPacking packing = Packing(parameters, modulus);
        double scale = Math.ScaleB(1, parameters.PrecisionBits - 1);
        int length = random.Next(1, packing.Count + 1);
        var expected = new double[length];
        BigInteger total = 0;
        foreach (int weight in sum.Weights)
        {
            double[] values = [.. Enumerable.Range(0, length).Select(_ => random.Next(4) == 0 ? 1 - (2 * random.Next(2)) : (2 * random.NextDouble()) - 1)];
            total += weight * Encode(packing, values, modulus);
            for (int i = 0; i < length; i++)
            {
                expected[i] += weight * Math.Round(values[i] * scale) / scale;
            }
        }

        return Decode(packing, total % modulus, modulus).AsSpan(0, length).SequenceEqual(expected);
    }

    /// <summary>The smallest and the largest odd numbers of a length, and one between.</summary>
    private static BigInteger[] ModuliOf(int bits)
        => [(BigInteger.One << (bits - 1)) + 1, (BigInteger.One << bits) - 1, (BigInteger.One << (bits - 1)) + (BigInteger.One << (bits - 2)) + 12345];

    private static FieldPacking Packing(PaillierParameters parameters, BigInteger modulus)
        => new(Bytes(modulus, parameters.KeyBits / 8), parameters.FieldBits, parameters.ValuesPerCiphertext, parameters.PrecisionBits - 1);

    private static BigInteger Encode(FieldPacking packing, double[] values, BigInteger modulus)
    {
        var message = new byte[(int)(modulus.GetBitLength() / 8)];
        packing.Encode<double>(values, message);
        BigInteger number = Number(message);
        number.Should().BeLessThan(modulus);
        return number;
    }

    private static double[] Decode(FieldPacking packing, BigInteger number, BigInteger modulus)
    {
        var values = new double[packing.Count];
        packing.TryDecode(Bytes(number, (int)(modulus.GetBitLength() / 8)), values).Should().BeTrue();
        return values;
    }

    private static BigInteger Number(ReadOnlySpan<byte> bytes) => new(bytes, isUnsigned: true, isBigEndian: true);

    private static byte[] Bytes(BigInteger number, int length)
    {
        byte[] bytes = number.ToByteArray(isUnsigned: true, isBigEndian: true);
        return [.. new byte[length - bytes.Length], .. bytes];
    }

    private sealed record Sum(int PrecisionBits, int[] Weights, long Slack, int Seed);
}
