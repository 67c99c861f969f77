using FedHe.Crypto.Authoring;
using FedHe.Crypto.Bounds;
using FedHe.Crypto.Ciphertexts;
using FedHe.Crypto.Ckks;
using FedHe.Crypto.Ckks.Noise;
using FedHe.Crypto.Ckks.Parameters;
using FedHe.Crypto.Ckks.Vectors;
using FedHe.Crypto.Errors;
using FedHe.Crypto.Keys;
using FedHe.Crypto.Operations;
using FedHe.Crypto.Random;
using FedHe.Crypto.Tests.Random;

namespace FedHe.Crypto.Tests.Ckks;

/// <summary>
/// A published decryption carries the flooding noise that the proof asks for. The tests fail when it is missing, smaller or
/// of another shape.
/// </summary>
public sealed class CkksPublicationTests : IDisposable
{
    private const int Degree = 4096;
    private const int LogScale = 52;
    private const int Seed = 20;

    // Sums of such values stay below 2^53 as integers, where nothing is rounded.
    private const double Small = 1.0 / 16;

    private static readonly CkksParameters Parameters = CkksParameters.Create(
        new CkksParametersLiteral { Degree = Degree, LogModuli = [50, 50], LogScale = LogScale });

    private readonly CkksContext _context = Create(Parameters);
    private readonly KeyPair _keys;

    public CkksPublicationTests() => _keys = _context.GenerateKeyPair();

    public void Dispose()
    {
        _keys.Dispose();
        _context.Dispose();
    }

    [Theory]
    [InlineData(0.0, 0.5)]
    [InlineData(0.5, 0.69146)]
    [InlineData(-0.5, 0.30854)]
    [InlineData(1.0, 0.84134)]
    [InlineData(-1.0, 0.15866)]
    [InlineData(2.0, 0.97725)]
    [InlineData(-2.0, 0.02275)]
    [InlineData(3.0, 0.99865)]
    [InlineData(-3.0, 0.00135)]
    public void DecryptPublic_OfValuesBesideAnEdgeOfRounding_RoundsUpAsOftenAsTheNormalDistributionSays(double deviations, double expected)
    {
        // A value x deviations above an edge is rounded up with probability Phi(x); without flooding all are or none.
        const int Values = 16 * Degree;
        const int PrecisionBits = 7;
        double step = Math.ScaleB(1, -PrecisionBits);
        double sigma = Math.ScaleB(SigmaOf(weight: 1), -LogScale);
        double edge = 20.5 * step;
        using EncryptedVector vector = Encrypt([.. Enumerable.Repeat(edge + (deviations * sigma), Values)]);
        var published = new double[Values];

        Decryptor().DecryptPublic(vector, PrecisionBits, published);

        published.Should().OnlyContain(value => Math.Abs(value - edge).Equals(step / 2), "the error stays within a step");
        double share = published.Count(value => value > edge) / (double)Values;
        double tolerance = 5 * Math.Sqrt(expected * (1 - expected) / Values);
        share.Should().BeApproximately(expected, tolerance);
    }

    [Fact]
    public void DecryptPublic_Twice_AddsFreshNoise()
    {
        double edge = 20.5 / 128;
        using EncryptedVector vector = Encrypt([.. Enumerable.Repeat(edge, Degree)]);
        var first = new double[Degree];
        var second = new double[Degree];

        Decryptor().DecryptPublic(vector, 7, first);
        Decryptor().DecryptPublic(vector, 7, second);

        int same = first.Zip(second).Count(pair => pair.First.Equals(pair.Second));
        same.Should().BeInRange((Degree / 2) - 200, (Degree / 2) + 200);
    }

    [Fact]
    public void FloodingNoise_OverManySamples_HasMeanVarianceAndTailsOfANormalDistribution()
    {
        const int Samples = 1 << 20;
        var flooding = NoiseFlooding.For(noiseNorm: 1, valueNoisePerCoefficientNoise: 1);
        var noise = new double[Samples];
        flooding.AddToCoefficients(noise, new DeterministicRandomSource(Seed));
        double[] deviations = [.. noise.Select(value => value / flooding.CoefficientSigma)];

        deviations.Average().Should().BeApproximately(0, 5 / Math.Sqrt(Samples));
        deviations.Average(x => x * x).Should().BeApproximately(1, 5 * Math.Sqrt(2.0 / Samples));
        deviations.Average(x => x * x * x * x).Should().BeApproximately(3, 5 * Math.Sqrt(96.0 / Samples));
        deviations.Count(x => Math.Abs(x) > 3).Should().BeInRange(2831 - 270, 2831 + 270, "2.7e-3 of all");
        deviations.Count(x => Math.Abs(x) > 4).Should().BeInRange(66 - 41, 66 + 41, "6.3e-5 of all");
        deviations.Zip(deviations.Skip(1), (x, y) => x * y).Average().Should().BeApproximately(0, 5 / Math.Sqrt(Samples));
    }

    [Fact]
    public void FloodingNoise_OfTheWholePlan_IsTheFactorOfTheCorollary()
    {
        // sqrt(12*tau)*2^(s/2), s = 40, tau = 2^20; all publications together diverge by B^2/(2*sigma^2)*tau = 2^-40/24.
        NoiseFlooding flooding = NoiseFlooding.For(noiseNorm: 3, valueNoisePerCoefficientNoise: 0.5);

        flooding.CoefficientSigma.Should().BeApproximately(3 * Math.Sqrt(12) * Math.ScaleB(1, 30), 1e-3);
        flooding.ValueSigma.Should().Be(flooding.CoefficientSigma / 2);
        double divergence = SecretKey.PlannedPublications * 9 / (2 * flooding.CoefficientSigma * flooding.CoefficientSigma);
        divergence.Should().BeApproximately(Math.ScaleB(1, -40) / 24, Math.ScaleB(1, -60));
        default(NoiseFlooding).Invoking(none => none.AddToCoefficients(new double[1], RandomSource.System))
            .Should().Throw<InvalidOperationException>();
    }

    [Fact]
    public void FloodingBound_OfDistinctSeeds_IsTheNormOfTheirErrorsAndNotMuchMore()
    {
        double[] zeros = new double[64 * Degree];
        using EncryptedVector first = Encrypt(zeros, Small);
        using EncryptedVector second = Encrypt(zeros, Small);
        using IAccumulator accumulator = _context.Public.Evaluator.CreateAccumulator(zeros.Length);
        accumulator.Add(first, 3);
        accumulator.Add(second, 4);
        using EncryptedVector sum = accumulator.Complete();

        double bound = NormOf(sum);
        double[] norms = [.. NoiseNorms(sum)];

        norms.Should().OnlyContain(norm => norm <= bound);
        norms.Average().Should().BeInRange(bound / 1.2, bound);
        bound.Should().BeApproximately(5 * NormOf(first), 1e-6, "3^2 + 4^2 = 5^2");
    }

    [Fact]
    public void FloodingBound_OfAVectorFoldedIntoItself_IsTheNormOfItsMultiple()
    {
        double[] zeros = new double[Degree];
        using EncryptedVector once = Encrypt(zeros, Small);
        using EncryptedVector twice = _context.Public.Evaluator.Add(once, once);
        using EncryptedVector another = Encrypt(zeros, Small);
        using EncryptedVector mixed = _context.Public.Evaluator.Add(twice, another);

        NormOf(twice).Should().BeApproximately(2 * NormOf(once), 1e-6);
        NormOf(mixed).Should().BeApproximately(Math.Sqrt(5) * NormOf(once), 1e-6);
        NoiseNorms(mixed).Single().Should().BeInRange(NormOf(mixed) / 1.2, NormOf(mixed));
    }

    [Fact]
    public void FloodingBound_WithoutSeeds_IsTheWorstCase()
    {
        using EncryptedVector seeded = Encrypt(new double[Degree]);
        using EncryptedVector expanded = _context.Public.Compressor!.Expand(seeded);
        using EncryptedVector underPublicKey = _context.CreateEncryptor(_keys.PublicKey).Encrypt(new double[Degree], 1);

        NormOf(expanded).Should().BeApproximately(Math.Sqrt(Degree) * 21, 1e-6);
        NormOf(underPublicKey).Should().BeApproximately(Math.Sqrt(Degree) * 21 * ((2 * Degree) + 1), 1);
    }

    [Fact]
    public void FloodingBound_OfCoefficientsThatDoublePrecisionRounds_CountsTheRounding()
    {
        // Above 2^53 the composed coefficient is rounded, and which way may depend on the noise.
        using EncryptedVector large = _context.CreateEncryptor(_keys.SecretKey).Encrypt(new double[Degree], Math.ScaleB(1, 9));
        using EncryptedVector small = Encrypt(new double[Degree]);

        (NormOf(large) - NormOf(small)).Should().BeGreaterThan(Math.Sqrt(Degree) * Math.ScaleB(1, LogScale + 9 - 50));
    }

    [Theory]
    [InlineData(4096, CkksPacking.Coefficients, 7, 0)]
    [InlineData(8192, CkksPacking.Slots, 1, 0)]
    public void PublishablePrecision_OfTheDocumentedSets_IsAsDocumented(int degree, CkksPacking packing, int seededBits, int publicKeyBits)
    {
        CkksContext context = Create(degree == Degree ? Parameters : CkksParameters.PaperDefault);
        context.Ring.Parameters.Packing.Should().Be(packing);
        using KeyPair keys = context.GenerateKeyPair();
        using EncryptedVector seeded = context.CreateEncryptor(keys.SecretKey).Encrypt([0.5], 1);
        using EncryptedVector full = context.CreateEncryptor(keys.PublicKey).Encrypt([0.5], 1);
        IDecryptor decryptor = context.CreateDecryptor(keys.SecretKey);

        MostBits(decryptor, seeded).Should().Be(seededBits);
        MostBits(decryptor, full).Should().Be(publicKeyBits);
    }

    [Fact]
    public void DecryptPublic_WhenThePlannedPublicationsAreSpent_IsRefusedAndGivesNothingAway()
    {
        using EncryptedVector one = Encrypt(new double[1]);
        using EncryptedVector two = Encrypt([.. Enumerable.Repeat(0.5, Degree + 1)]);
        var published = new double[two.Length];
        Decryptor().DecryptPublic(two, 7, published);
        _keys.SecretKey.Publications.Should().Be(2, "every ciphertext counts");
        _keys.SecretKey.CountPublications(SecretKey.PlannedPublications - 3);
        published.AsSpan().Clear();

        Decryptor().Invoking(own => own.DecryptPublic(two, 7, published))
            .Should().Throw<HePublicationException>().Which.Remaining.Should().Be(1);
        published.Should().OnlyContain(value => value.Equals(0.0));
        Decryptor().Invoking(own => own.DecryptPublic(one, 40, new double[1])).Should().Throw<HeCapacityException>("a refusal costs nothing");
        Decryptor().DecryptPublic(one, 7, new double[1]);
        Decryptor().Invoking(own => own.DecryptPublic(one, 7, new double[1]))
            .Should().Throw<HePublicationException>("all decryptors of a key share one count").Which.Remaining.Should().Be(0);
        _keys.SecretKey.Publications.Should().Be(SecretKey.PlannedPublications);
        Decryptor().Decrypt(two, published);
    }

    [Fact]
    public void CountPublications_BeyondThePlanOrBelowOne_ChangesNothing()
    {
        _keys.SecretKey.Invoking(key => key.CountPublications(SecretKey.PlannedPublications + 1)).Should().Throw<HePublicationException>();
        _keys.SecretKey.Invoking(key => key.CountPublications(0)).Should().Throw<ArgumentOutOfRangeException>();
        _keys.SecretKey.Invoking(key => key.CountPublications(long.MinValue)).Should().Throw<ArgumentOutOfRangeException>();

        _keys.SecretKey.Publications.Should().Be(0);
    }

    [Fact]
    public void DecryptPublic_OfExactIntegers_NeitherAddsNoiseNorCounts()
    {
        CkksContext context = Create(CkksParameters.ForExactIntegers(16, 10));
        using KeyPair keys = context.GenerateKeyPair();
        using EncryptedVector vector = context.CreateEncryptor(keys.SecretKey).Encrypt([0.5, -0.25], 1);
        var published = new double[2];

        context.CreateDecryptor(keys.SecretKey).DecryptPublic(vector, 15, published);

        published.Should().Equal(0.5, -0.25);
        keys.SecretKey.Publications.Should().Be(0);
    }

    private static CkksContext Create(CkksParameters parameters)
        => new(parameters, new DeterministicRandomSource(Seed), new HeContextOptions { MaxDegreeOfParallelism = 1 });

    private static int MostBits(IDecryptor decryptor, EncryptedVector vector)
    {
        int bits = 0;
        try
        {
            while (true)
            {
                decryptor.DecryptPublic(vector, bits + 1, new double[vector.Length]);
                bits++;
            }
        }
        catch (HeCapacityException)
        {
            return bits;
        }
    }

    private IDecryptor Decryptor() => _context.CreateDecryptor(_keys.SecretKey);

    private EncryptedVector Encrypt(double[] values, double maxAbs = 1)
        => _context.CreateEncryptor(_keys.SecretKey).Encrypt(values, maxAbs);

    private double SigmaOf(long weight)
        => _context.Ring.Errors.Flooding(_context.Ring.Errors.Seeded(1).Scale(weight), default(SeededWeights).With(weight)).CoefficientSigma;

    /// <summary>Computes the bound B of a vector from the flooding noise that hides it.</summary>
    private double NormOf(EncryptedVector vector)
        => _context.Ring.Errors.Flooding(vector.Bound, ((CkksVector)vector).SeededWeights).CoefficientSigma
            / NoiseFlooding.For(1, 1).CoefficientSigma;

    /// <summary>Measures the 2-norm of the noise of every ciphertext of a vector of zeros.</summary>
    private IEnumerable<double> NoiseNorms(EncryptedVector zeros)
    {
        var decrypted = new double[zeros.Length];
        Decryptor().Decrypt(zeros, decrypted);
        return decrypted.Chunk(Degree).Select(noise => Math.ScaleB(Math.Sqrt(noise.Sum(e => e * e)), LogScale));
    }
}
