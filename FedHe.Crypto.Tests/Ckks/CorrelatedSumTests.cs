using System.Buffers;
using FedHe.Crypto.Bounds;
using FedHe.Crypto.Ciphertexts;
using FedHe.Crypto.Ckks;
using FedHe.Crypto.Ckks.Parameters;
using FedHe.Crypto.Errors;
using FedHe.Crypto.Keys;
using FedHe.Crypto.Operations;
using FedHe.Crypto.Serialization;
using FedHe.Crypto.Tests.Random;

namespace FedHe.Crypto.Tests.Ckks;

/// <summary>
/// Sums that hold an encryption more than once must not be bounded, nor published, as if their noise were independent. Each
/// attack is first shown to work against the bound of distinct vectors.
/// </summary>
public sealed class CorrelatedSumTests : IDisposable
{
    private const int Degree = 4096;
    private const int Seed = 21;

    private readonly CkksContext _context = Create(CkksParameters.Aggregation);
    private readonly KeyPair _keys;

    public CorrelatedSumTests() => _keys = _context.GenerateKeyPair();

    public void Dispose()
    {
        _keys.Dispose();
        _context.Dispose();
    }

    [Theory]
    [InlineData(VectorForm.Seeded)]
    [InlineData(VectorForm.Full)]
    public void Sum_OfAVectorFoldedIntoItselfManyTimes_StaysWithinItsErrorBound(VectorForm form)
    {
        const int Doublings = 16;
        EncryptedVector sum = Encrypt(form);
        VectorBound asIfDistinct = sum.Bound;
        for (int i = 0; i < Doublings; i++)
        {
            asIfDistinct = asIfDistinct.Add(asIfDistinct);
            sum = _context.Public.Evaluator.Add(sum, sum);
            Worst(sum).Should().BeLessThanOrEqualTo(sum.Bound.ErrorBound, $"after {i + 1} doublings");
        }

        Worst(sum).Should().BeGreaterThan(5 * asIfDistinct.ErrorBound, "the bound of distinct vectors is far exceeded");
    }

    [Theory]
    [InlineData(VectorForm.Seeded)]
    [InlineData(VectorForm.Full)]
    public void Sum_OfTwoOfTheSameInAnyDisguise_AddsDeviations(VectorForm form)
    {
        IVectorCompressor compressor = _context.Public.Compressor!;
        using EncryptedVector vector = Encrypt(form);
        using EncryptedVector another = Encrypt(form);
        using EncryptedVector compressed = compressor.Compress(vector, 1e-6);
        EncryptedVector[] disguises =
        [
            vector,
            ThroughTheWire(vector),
            compressed,
            ThroughTheWire(compressed),
            compressor.Expand(vector),
            ThroughTheWire(compressor.Expand(vector)),
            _context.Public.Evaluator.Add(another, vector),
            compressor.Expand(_context.Public.Evaluator.Add(another, vector)),
        ];

        foreach (EncryptedVector disguise in disguises)
        {
            double deviation = vector.Bound.NoiseSigma + disguise.Bound.NoiseSigma;
            using EncryptedVector sum = _context.Public.Evaluator.Add(vector, disguise);
            using EncryptedVector reversed = _context.Public.Evaluator.Add(disguise, vector);

            sum.Bound.NoiseSigma.Should().BeApproximately(deviation, deviation * 1e-12);
            reversed.Bound.NoiseSigma.Should().BeApproximately(deviation, deviation * 1e-12);
        }
    }

    [Theory]
    [InlineData(VectorForm.Seeded, false)]
    [InlineData(VectorForm.Seeded, true)]
    [InlineData(VectorForm.Full, false)]
    [InlineData(VectorForm.Full, true)]
    public void Sum_OfManyDistinctVectors_AddsVariancesHoweverTheyArrive(VectorForm form, bool areCompressed)
    {
        // More than a list of seeds holds, so that the sum stores c1 in the end.
        const int Vectors = 70;
        using IAccumulator accumulator = _context.Public.Evaluator.CreateAccumulator(Degree);
        double variance = 0;
        for (int i = 0; i < Vectors; i++)
        {
            using EncryptedVector fresh = Encrypt(form);
            using EncryptedVector sent = ThroughTheWire(areCompressed ? _context.Public.Compressor!.Compress(fresh, 1e-6) : fresh);
            accumulator.Add(sent, 1 + (i % 3));
            variance += sent.Bound.NoiseVariance * (1 + (i % 3)) * (1 + (i % 3));
        }

        using EncryptedVector sum = accumulator.Complete();

        sum.Bound.NoiseVariance.Should().BeApproximately(variance, variance * 1e-12);
        Worst(sum).Should().BeLessThanOrEqualTo(sum.Bound.ErrorBound);
    }

    [Fact]
    public void Sum_OfRescaledVectors_RemembersWhatTheyWereMadeOf()
    {
        CkksContext context = Create(CkksParameters.PaperDefault);
        using KeyPair keys = context.GenerateKeyPair();
        IVectorRescaler rescaler = context.Public.Rescaler!;
        using EncryptedVector left = context.CreateEncryptor(keys.PublicKey).Encrypt([0.01], 0.1);
        using EncryptedVector right = context.CreateEncryptor(keys.PublicKey).Encrypt([0.01], 0.1);
        using EncryptedVector half = rescaler.MultiplyScalar(left, 0.5);
        using EncryptedVector third = rescaler.MultiplyScalar(left, 1.0 / 3);
        using EncryptedVector other = rescaler.MultiplyScalar(right, 0.5);

        context.Public.Evaluator.Add(half, other).Bound.Should().Be(half.Bound.Add(other.Bound));
        context.Public.Evaluator.Add(half, third).Bound.Should().Be(half.Bound.AddDependent(third.Bound));
    }

    [Fact]
    public void Sum_WithAFullSumFromTheWireThatHoldsTheVector_IsTrustedButHasTheWorstCaseOfItsNoise()
    {
        // A saved sum goes on in an empty accumulator and must end as it would have: nothing shows what it holds.
        using EncryptedVector vector = Encrypt(VectorForm.Full);
        using EncryptedVector twice = ThroughTheWire(_context.Public.Evaluator.Add(vector, vector));
        using EncryptedVector thrice = _context.Public.Evaluator.Add(twice, vector);

        thrice.Bound.Should().Be(twice.Bound.Add(vector.Bound));
        thrice.Bound.NoiseMax.Should().Be(3 * vector.Bound.NoiseMax);
        using EncryptedVector fourTimes = _context.Public.Evaluator.Add(twice, ThroughTheWire(twice));
        fourTimes.Bound.Should().Be(twice.Bound.AddDependent(twice.Bound), "the very same sum is recognized");
    }

    [Fact]
    public void DecryptPublic_OfAVectorFoldedIntoItself_DoesNotYieldItsEncryptionErrors()
    {
        using var attack = new FoldedVectorAttack(Create(FoldedVectorAttack.Parameters));
        attack.RightErrors(precisionBits: 40, attack.PublishAsIfDistinct).Should().BeGreaterThan(
            FoldedVectorAttack.Degree * 9 / 10, "flooding that believes the variance of distinct vectors gives the errors away");

        attack.Invoking(own => own.RightErrors(precisionBits: 40, own.Publish)).Should().Throw<HeCapacityException>();
        attack.Invoking(own => own.RightErrors(precisionBits: 6, own.Publish)).Should().Throw<HeCapacityException>();
        attack.RightErrors(precisionBits: 5, attack.Publish).Should().BeLessThan(
            FoldedVectorAttack.Degree / 8, "always guessing 0 would be right for 12 percent");
    }

    private static CkksContext Create(CkksParameters parameters)
        => new(parameters, new DeterministicRandomSource(Seed), new HeContextOptions { MaxDegreeOfParallelism = 1 });

    private static byte[] BytesOf(EncryptedVector vector)
    {
        var buffer = new ArrayBufferWriter<byte>();
        vector.WriteTo(buffer);
        return buffer.WrittenSpan.ToArray();
    }

    private EncryptedVector ThroughTheWire(EncryptedVector vector) => _context.Public.Reader.Read(BytesOf(vector), WireLimits.Default);

    private EncryptedVector Encrypt(VectorForm form)
        => _context.CreateEncryptor(form == VectorForm.Seeded ? _keys.SecretKey : _keys.PublicKey).Encrypt(new double[Degree], 1.0 / 64);

    private double Worst(EncryptedVector zeros)
    {
        var decrypted = new double[Degree];
        _context.CreateDecryptor(_keys.SecretKey).Decrypt(zeros, decrypted);
        return decrypted.Max(Math.Abs);
    }
}
