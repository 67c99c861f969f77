using System.Buffers;
using System.Security.Cryptography;
using FedHe.Crypto.Ciphertexts;
using FedHe.Crypto.Ckks;
using FedHe.Crypto.Ckks.Parameters;
using FedHe.Crypto.Errors;
using FedHe.Crypto.Keys;
using FedHe.Crypto.Operations;
using FedHe.Crypto.Serialization;
using FedHe.Crypto.Tests.Random;

namespace FedHe.Crypto.Tests.Ckks;

/// <summary>Sums of exact integers, bit for bit, whatever travels in whatever form.</summary>
public sealed class CkksExactIntegersTests
{
    // Wider than any deviation that a caller could mean: the plan decides, not the caller.
    private const double AnyDeviation = 1e6;

    public static TheoryData<int, int, CkksTraffic> Rounds { get; } = new()
    {
        { 3, 8, CkksTraffic.SeedLists },
        { 3, 16, CkksTraffic.SeedLists },
        { 3, 24, CkksTraffic.FullSums },
        { 3, 16, CkksTraffic.PublicKey },
        { 10, 8, CkksTraffic.SeedLists },
        { 10, 16, CkksTraffic.SeedLists },
        { 10, 24, CkksTraffic.PublicKey },
        { 100, 8, CkksTraffic.FullSums },
        { 100, 16, CkksTraffic.FullSums },
        { 100, 24, CkksTraffic.SeedLists },
        { 100, 16, CkksTraffic.PublicKey },
        { 200, 8, CkksTraffic.SeedLists },
        { 200, 16, CkksTraffic.FullSums },
        { 200, 24, CkksTraffic.FullSums },
        { 1000, 8, CkksTraffic.FullSums },
        { 1000, 16, CkksTraffic.SeedLists },
        { 1000, 24, CkksTraffic.FullSums },
        { 1000, 16, CkksTraffic.PublicKey },
    };

    [Theory]
    [MemberData(nameof(Rounds))]
    public void Average_OfAnyRound_IsExactlyThatOfTheIntegersInEveryWireForm(int clients, int precisionBits, CkksTraffic traffic)
    {
        using var round = new Round(CkksParameters.ForExactIntegers(precisionBits, clients, traffic));
        var exact = new long[round.Length];
        using IAccumulator sum = round.Context.Public.Evaluator.CreateAccumulator(round.Length);
        for (int client = 0; client < clients; client++)
        {
            double[] values = round.Values(client);
            round.AddTo(exact, values, weight: 1);
            using EncryptedVector upload = round.Upload(values, publicKey: traffic == CkksTraffic.PublicKey && client % 3 > 0);
            sum.Add(upload);
        }

        using EncryptedVector aggregate = sum.Complete();

        round.ShouldBeExact(aggregate, exact);
        double largestError = aggregate.Bound.ErrorBound / clients;
        largestError.Should().Be(Math.ScaleB(1, -precisionBits), "the promise is half a step of 2^-(b-1)");
    }

    [Theory]
    [InlineData(16, 1000, CkksTraffic.SeedLists)]
    [InlineData(16, 1000, CkksTraffic.PublicKey)]
    [InlineData(4, 1 << 16, CkksTraffic.SeedLists)]
    [InlineData(2, 1 << 12, CkksTraffic.FullSums)]
    public void WeightedSum_UpToTheLargestTotalWeight_IsExact(int precisionBits, long totalWeight, CkksTraffic traffic)
    {
        using var round = new Round(CkksParameters.ForExactIntegers(precisionBits, totalWeight, traffic));
        var exact = new long[round.Length];
        using IAccumulator sum = round.Context.Public.Evaluator.CreateAccumulator(round.Length);
        long[] weights = [1, totalWeight / 2, 7, totalWeight - (totalWeight / 2) - 8];
        for (int client = 0; client < weights.Length; client++)
        {
            double[] values = round.Values(client);
            round.AddTo(exact, values, weights[client]);
            using EncryptedVector upload = round.Upload(values, publicKey: traffic == CkksTraffic.PublicKey && client % 2 > 0);
            sum.Add(upload, weights[client]);
        }

        using EncryptedVector more = round.Upload(round.Values(0), publicKey: false);
        FluentActions.Invoking(() => sum.Add(more)).Should().Throw<HeCapacityException>().Which.RemainingWeight.Should().Be(0);
        sum.Count.Should().Be(4, "a refusal changes nothing");

        using EncryptedVector aggregate = sum.Complete();

        round.ShouldBeExact(aggregate, exact);
    }

    [Fact]
    public void Values_OfAnyMagnitude_CountAsTheirBoundAndAtLeastAsOne()
    {
        using var round = new Round(CkksParameters.ForExactIntegers(16, 10));
        using IAccumulator sum = round.Context.Public.Evaluator.CreateAccumulator(2);
        using EncryptedVector large = round.Encryptor.Encrypt([-7.25, 7.25], maxAbs: 7.25);
        using EncryptedVector tiny = round.Encryptor.Encrypt([1e-9, -1e-9], maxAbs: 1e-9);

        sum.Add(large);
        FluentActions.Invoking(() => sum.Add(tiny, 3)).Should().Throw<HeCapacityException>().Which.RemainingWeight.Should().Be(2);
        sum.Add(tiny, 2);

        using EncryptedVector aggregate = sum.Complete();
        round.Decrypt(aggregate).Should().Equal(-7.25, 7.25);
    }

    [Fact]
    public void Compress_AnyAllowance_LeavesOutWhatIsPlannedAndKeepsTheBound()
    {
        using var round = new Round(CkksParameters.ForExactIntegers(16, 10));
        var compressor = round.Context.Public.Compressor!;
        using EncryptedVector fresh = round.Encryptor.Encrypt(round.Values(0), maxAbs: 1);
        int planned = (int)compressor.EncodedLength(round.Length, VectorForm.Seeded, AnyDeviation);
        foreach (double deviation in (ReadOnlySpan<double>)[1e-300, 1e-5, 1, AnyDeviation])
        {
            using EncryptedVector compressed = compressor.Compress(fresh, deviation);
            using EncryptedVector again = compressor.Compress(compressed, deviation);

            (compressed.EncodedLength, again.EncodedLength).Should().Be((planned, planned));
            compressed.Bound.Should().Be(fresh.Bound);
        }
    }

    [Fact]
    public void Sum_ThatLeftOutLowBits_IsNotAddedToAnythingMore()
    {
        using var round = new Round(CkksParameters.ForExactIntegers(16, 10));
        var compressor = round.Context.Public.Compressor!;
        using EncryptedVector first = round.Upload(round.Values(0), publicKey: false);
        using EncryptedVector second = round.Upload(round.Values(1), publicKey: false);
        using EncryptedVector sum = round.Context.Public.Evaluator.Add(first, second);
        using EncryptedVector compressed = compressor.Compress(sum, AnyDeviation);
        using EncryptedVector received = round.Send(compressed);
        using EncryptedVector expanded = compressor.Expand(received);
        using EncryptedVector expandedOverTheWire = round.Send(expanded);
        using IAccumulator more = round.Context.Public.Evaluator.CreateAccumulator(round.Length);
        more.Add(sum);

        foreach (EncryptedVector lossy in (EncryptedVector[])[compressed, received, expanded, expandedOverTheWire])
        {
            FluentActions.Invoking(() => more.Add(lossy)).Should().Throw<HeMismatchException>();
            using EncryptedVector again = compressor.Compress(lossy, AnyDeviation);
            again.EncodedLength.Should().Be(lossy.EncodedLength, "what left out bits has no more to spare");
        }

        more.Count.Should().Be(1);
        round.Decrypt(expandedOverTheWire).Should().Equal(round.Decrypt(sum));
    }

    [Fact]
    public void PublicKey_WhereItsNoiseWasNotPlanned_IsRefusedAtConstruction()
    {
        using HeContext context = new CkksScheme().CreateContext(CkksParameters.ForExactIntegers(16, 10));
        using KeyPair keys = context.GenerateKeyPair();

        FluentActions.Invoking(() => context.CreateEncryptor(keys.PublicKey)).Should().Throw<HeCapacityException>();
        FluentActions.Invoking(() => context.Public.FreshBound(1, VectorForm.Full)).Should().Throw<HeCapacityException>();
        context.Public.FreshBound(1, VectorForm.Seeded).MaxAbs.Should().Be(1);
    }

    [Fact]
    public void Reader_OfBoundsThatNoSumHas_RefusesThem()
    {
        using var round = new Round(CkksParameters.ForExactIntegers(16, 10));
        using EncryptedVector vector = round.Encryptor.Encrypt([0.5], maxAbs: 1);
        byte[] bytes = Round.BytesOf(vector);
        const int BoundOffset = 48 + 16 + 4 + 4;
        double step = Math.ScaleB(1, -16);
        (int Field, double Value)[] lies =
        [
            (0, 0.5), (0, 11), (1, 0), (1, step / 2), (1, 1.5 * step), (1, 2 * step), (2, 1e-9), (3, 1e-9),
        ];

        foreach ((int field, double value) in lies)
        {
            byte[] forged = [.. bytes];
            BitConverter.TryWriteBytes(forged.AsSpan(BoundOffset + (field * sizeof(double))), value).Should().BeTrue();
            round.Context.Public.Reader.TryRead(forged, WireLimits.Default, out _, out FormatError reason).Should().BeFalse($"{field}, {value}");
            reason.Should().BeOneOf(FormatError.FieldOutOfRange, FormatError.Inconsistent);
        }
    }

    [Fact]
    public void DecryptPublic_Always_IsAFunctionOfThePlaintextsOnly()
    {
        using var round = new Round(CkksParameters.ForExactIntegers(16, 1000, CkksTraffic.PublicKey));
        var published = new List<double[]>();
        for (int run = 0; run < 3; run++)
        {
            using EncryptedVector first = round.Upload(round.Values(1), publicKey: run == 1);
            using EncryptedVector second = round.Upload(round.Values(2), publicKey: run == 2);
            using EncryptedVector sum = round.Context.Public.Evaluator.Add(first, second);
            var values = new double[round.Length];
            round.Decryptor.DecryptPublic(sum, precisionBits: 15, values);
            published.Add(values);
            FluentActions.Invoking(() => round.Decryptor.DecryptPublic(sum, precisionBits: 16, values))
                .Should().Throw<HeCapacityException>().WithMessage("*15 bits*");
        }

        published[1].Should().Equal(published[0]);
        published[2].Should().Equal(published[0]);
    }

    /// <summary>Pins the wire format: a change of any byte is a change of the format version.</summary>
    [Fact]
    public void Bytes_WithFixedRandomness_AreTheGoldenOnes()
    {
        var context = new CkksContext(
            CkksParameters.ForExactIntegers(16, 10),
            new DeterministicRandomSource(4),
            new HeContextOptions { MaxDegreeOfParallelism = 1 });
        using KeyPair pair = context.GenerateKeyPair();
        double[] values = [.. Enumerable.Range(0, 5000).Select(i => Math.ScaleB((i % 7) - 3, -2))];
        using EncryptedVector seeded = context.CreateEncryptor(pair.SecretKey).Encrypt(values, 1);
        using EncryptedVector compressed = context.Public.Compressor!.Compress(seeded, AnyDeviation);
        var parameters = new ArrayBufferWriter<byte>();
        context.Parameters.WriteTo(parameters);

        string[] hashes = [Hash(parameters.WrittenSpan), Hash(Round.BytesOf(seeded)), Hash(Round.BytesOf(compressed))];

        hashes.Should().Equal(GoldenHashes);
    }

    private static readonly string[] GoldenHashes =
    [
        "6dce7b78123a33a0fc7cf13a6619a61f20c3bd8a9750ce352050095d96c60aa6", // parameters
        "c5025079b882524b99ffc8917aa6f6a59b6e6db24bc62a3074cbe7a31b9db470", // seeded vector
        "2493de26dadf82cbff85994387e87770fcfeacaa5ee2fdf70a640ca6688ec0af", // the same without its low bits
    ];

    private static string Hash(ReadOnlySpan<byte> bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));

    /// <summary>The parties of one round, with every vector passing through its bytes.</summary>
    private sealed class Round : IDisposable
    {
        private readonly KeyPair _keys;
        private readonly IEncryptor? _publicEncryptor;
        private readonly CkksExactIntegers _exact;
        private readonly double _scale;

        public Round(CkksParameters parameters)
        {
            Context = new CkksScheme().CreateContext(parameters);
            _keys = Context.GenerateKeyPair();
            _exact = parameters.ExactIntegers!;
            _scale = Math.ScaleB(1, _exact.PrecisionBits - 1);
            Length = (2 * parameters.Degree) + 5;
            Encryptor = Context.CreateEncryptor(_keys.SecretKey);
            Decryptor = Context.CreateDecryptor(_keys.SecretKey);
            _publicEncryptor = _exact.Traffic == CkksTraffic.PublicKey ? Context.CreateEncryptor(_keys.PublicKey) : null;
        }

        public HeContext Context { get; }

        public int Length { get; }

        public IEncryptor Encryptor { get; }

        public IDecryptor Decryptor { get; }

        private IVectorCompressor Compressor => Context.Public.Compressor!;

        public static byte[] BytesOf(EncryptedVector vector)
        {
            var buffer = new ArrayBufferWriter<byte>();
            vector.WriteTo(buffer);
            return buffer.WrittenSpan.ToArray();
        }

        /// <summary>A third of all values at one bound for every client, a third at the other, and any between them.</summary>
        public double[] Values(int client)
        {
            var random = new System.Random(client);
            return [.. Enumerable.Range(0, Length).Select(i => (i % 3) switch
            {
                0 => 1.0,
                1 => -1.0,
                _ => (2 * random.NextDouble()) - 1,
            })];
        }

        public void AddTo(long[] sum, double[] values, long weight)
        {
            for (int i = 0; i < sum.Length; i++)
            {
                sum[i] += weight * (long)Math.Round(values[i] * _scale);
            }
        }

        public EncryptedVector Upload(double[] values, bool publicKey)
        {
            using EncryptedVector fresh = (publicKey ? _publicEncryptor! : Encryptor).Encrypt(values, maxAbs: 1);
            using EncryptedVector compressed = Compressor.Compress(fresh, AnyDeviation);
            return Send(compressed);
        }

        public EncryptedVector Send(EncryptedVector vector) => Context.Public.Reader.Read(BytesOf(vector), WireLimits.Default);

        public double[] Decrypt(EncryptedVector vector)
        {
            var values = new double[vector.Length];
            Decryptor.Decrypt(vector, values);
            return values;
        }

        public void ShouldBeExact(EncryptedVector aggregate, long[] exact)
        {
            double[] expected = [.. exact.Select(value => value / _scale)];
            using EncryptedVector expanded = Compressor.Expand(aggregate);
            using EncryptedVector whole = Send(aggregate);
            using EncryptedVector small = Compressor.Compress(aggregate, AnyDeviation);
            using EncryptedVector smallReceived = Send(small);
            using EncryptedVector smallExpanded = Compressor.Compress(expanded, AnyDeviation);
            using EncryptedVector smallExpandedReceived = Send(smallExpanded);
            smallReceived.EncodedLength.Should().BeLessThan(whole.EncodedLength);

            foreach (EncryptedVector form in (EncryptedVector[])[aggregate, expanded, whole, smallReceived, smallExpandedReceived])
            {
                Decrypt(form).AsSpan().SequenceEqual(expected).Should().BeTrue("sums of integers have no error");
            }
        }

        public void Dispose()
        {
            _keys.Dispose();
            Context.Dispose();
        }
    }
}
