using System.Buffers;
using FedHe.Crypto.Ciphertexts;
using FedHe.Crypto.Ckks;
using FedHe.Crypto.Ckks.Parameters;
using FedHe.Crypto.Kernels.MultiPrecision;
using FedHe.Crypto.Keys;
using FedHe.Crypto.Operations;
using FedHe.Crypto.Random;
using FedHe.Crypto.Serialization;
using FsCheck;
using FsCheck.Fluent;

namespace FedHe.Crypto.Tests.Properties;

/// <summary>Whatever is promised, planned, weighed and sent: sums of exact integers are exact.</summary>
public sealed class ExactIntegerProperties
{
    private const int Length = 40;

    private static readonly Config Configuration = Config.QuickThrowOnFailure.WithMaxTest(60).WithReplay(5, 7);

    private static readonly Arbitrary<Sum> Sums = (
        from precisionBits in Gen.Choose(2, 20)
        from weights in Gen.Choose(1, 40).ArrayOf(6)
        from slack in Gen.Choose(0, 50)
        from traffic in Gen.Elements(CkksTraffic.SeedLists, CkksTraffic.FullSums, CkksTraffic.PublicKey)
        from seed in Gen.Choose(0, 1 << 20)
        select new Sum(precisionBits, weights, weights.Sum() + slack, traffic, seed)).ToArbitrary();

    [Fact]
    public void Sum_OfAnyVectorsUpToTheTotalWeight_DecryptsToTheIntegers()
        => Prop.ForAll(Sums, DecryptsToTheIntegers).Check(Configuration);

    private static bool DecryptsToTheIntegers(Sum sum)
    {
        using HeContext context = new CkksScheme().CreateContext(
            CkksParameters.ForExactIntegers(sum.PrecisionBits, sum.LargestTotalWeight, sum.Traffic));
        using KeyPair keys = context.GenerateKeyPair();
        var compressor = context.Public.Compressor!;
        using IAccumulator accumulator = context.Public.Evaluator.CreateAccumulator(Length);
        var random = new System.Random(sum.Seed);
        var exact = new double[Length];
        foreach (int weight in sum.Weights)
        {
            bool publicKey = sum.Traffic == CkksTraffic.PublicKey && random.Next(2) == 0;
            double[] values = [.. Enumerable.Range(0, Length).Select(i => i < 10 ? 1 - (2 * (i % 2)) : (2 * random.NextDouble()) - 1)];
            using EncryptedVector fresh = context.CreateEncryptor(publicKey ? keys.PublicKey : keys.SecretKey).Encrypt(values, maxAbs: 1);
            using EncryptedVector small = compressor.Compress(fresh, maxAddedDeviation: 1);
            using EncryptedVector received = Send(context, random.Next(4) == 0 ? fresh : small);
            accumulator.Add(received, weight);
            for (int i = 0; i < Length; i++)
            {
                exact[i] += weight * Math.Round(Math.ScaleB(values[i], sum.PrecisionBits - 1));
            }
        }

        using EncryptedVector aggregate = accumulator.Complete();
        using EncryptedVector form = random.Next(2) == 0 ? compressor.Expand(aggregate) : Send(context, aggregate);
        using EncryptedVector download = compressor.Compress(form, maxAddedDeviation: 1);
        using EncryptedVector arrived = Send(context, download);
        var decrypted = new double[Length];
        context.CreateDecryptor(keys.SecretKey).Decrypt(arrived, decrypted);
        return decrypted.SequenceEqual(exact.Select(value => Math.ScaleB(value, 1 - sum.PrecisionBits)));
    }

    private static EncryptedVector Send(HeContext context, EncryptedVector vector)
    {
        var buffer = new ArrayBufferWriter<byte>();
        vector.WriteTo(buffer);
        return context.Public.Reader.Read(buffer.WrittenSpan, WireLimits.Default);
    }

    private sealed record Sum(int PrecisionBits, int[] Weights, long LargestTotalWeight, CkksTraffic Traffic, int Seed);
}
