using FedHe.Learning.Data;
using FedHe.Learning.Data.Digits;
using FedHe.Learning.Models;
using FedHe.Learning.Noise;
using FedHe.Learning.PerSample;
using FedHe.Learning.PrivateTraining;
using FedHe.Learning.Randomness;
using FedHe.Learning.Tests.PerSample;
using FedHe.Learning.Training;

namespace FedHe.Learning.Tests.PrivateTraining;

public sealed class LocalDpSgdTests
{
    private const int Count = 20;

    private static readonly GradientClipping NoClipping = new() { ClipNorm = 1e3, NonFinite = NonFiniteGradients.Refuse, LogClipUnits = 32 };

    private static readonly LocalDpSgdOptions Options = new()
    {
        Sampling = new AllRecords(),
        Clipping = NoClipping,
        Divisor = Count,
        LearningRate = 0.1f,
        Momentum = 0.5f,
        WeightDecay = 0.01f,
    };

    [Fact]
    public void Run_NoNoiseAndNothingClipped_IsPlainTraining()
    {
        (Model model, Dataset records) = Create();
        Model plain = model.Clone();
        Trainer.Train(plain, records, new TrainingOptions
        {
            Epochs = 5,
            BatchSize = Count,
            LearningRate = 0.1f,
            Momentum = 0.5f,
            WeightDecay = 0.01f,
        });
        LocalDpSgdRecord record = new LocalDpSgd(model, records, Options, NoGradientNoise.Instance).Run(5);
        record.Should().Be(new LocalDpSgdRecord(5, Options.Sampling, ClipNorm: 1e3, NoiseMultiplier: 0, Participations: 5));
        OneByOne.RelativeError(Values(model), [.. Values(plain).Select(value => (double)value)]).Should().BeLessThan(1e-5);
    }

    [Fact]
    public void Step_AnyNoise_AddsThisNoiseOnce()
    {
        (Model model, Dataset records) = Create();
        Model other = model.Clone();
        var noise = new FixedNoise(1L << 20);
        LocalDpSgdOptions options = Options with { Momentum = 0, WeightDecay = 0 };
        new LocalDpSgd(model, records, options, noise).Step();
        new LocalDpSgd(other, records, options, NoGradientNoise.Instance).Step();
        (noise.Calls, noise.ClipUnits).Should().Be((1, 1L << 32));
        double shift = 0.1 * (1L << 20) * 1e3 / Math.Pow(2, 32) / Count;
        Values(other).Zip(Values(model), (left, right) => (double)left - right).Should().OnlyContain(moved => Math.Abs(moved - shift) < 1e-6);
    }

    [Fact]
    public void Step_NoiseThatFails_CountsTheStepAndKeepsTheModel()
    {
        (Model model, Dataset records) = Create();
        float[] before = Values(model);
        var training = new LocalDpSgd(model, records, Options, new FixedNoise(0) { Failure = new InvalidOperationException("empty") });
        training.Invoking(failing => failing.Step()).Should().Throw<InvalidOperationException>().WithMessage("empty");
        training.Record.Steps.Should().Be(1, "the noise may have been seen");
        Values(model).Should().Equal(before);
    }

    [Fact]
    public void Step_NoiseThatChangesItsMultiplier_IsRefused()
    {
        (Model model, Dataset records) = Create();
        var noise = new FixedNoise(1);
        var training = new LocalDpSgd(model, records, Options, noise);
        training.Step();
        noise.NoiseMultiplier = 0.5;
        training.Invoking(changed => changed.Step()).Should().Throw<InvalidOperationException>().WithMessage("*multiplier*");
    }

    [Fact]
    public void Step_CanceledBeforeNoise_CountsNothing()
    {
        (Model model, Dataset records) = Create();
        using var source = new CancellationTokenSource();
        source.Cancel();
        var training = new LocalDpSgd(model, records, Options, NoGradientNoise.Instance);
        training.Invoking(canceled => canceled.Run(3, source.Token)).Should().Throw<OperationCanceledException>();
        training.Record.Steps.Should().Be(0);
    }

    [Fact]
    public void Run_FixedBatches_TakeTheRecordsInTheirOrder()
    {
        (Model model, Dataset records) = Create();
        Model expected = model.Clone();
        LocalDpSgdOptions options = Options with { Sampling = new FixedBatches(8), Momentum = 0, WeightDecay = 0 };
        LocalDpSgdRecord record = new LocalDpSgd(model, records, options, NoGradientNoise.Instance).Run(4);
        foreach ((int first, int count) in new[] { (0, 8), (8, 8), (16, 4), (0, 8) })
        {
            Dataset batch = records.Subset([.. Enumerable.Range(first, count)]);
            new LocalDpSgd(expected, batch, options with { Sampling = new AllRecords() }, NoGradientNoise.Instance).Step();
        }

        Values(model).Should().Equal(Values(expected));
        record.Participations.Should().Be(2);
        record.Neighbors.Should().Be(NeighborRelation.ReplaceOne);
        record.Sensitivity.Should().Be(2 * NoClipping.ClipNorm);
    }

    [Fact]
    public void Run_PoissonBatches_ContainEveryRecordByItsCoin()
    {
        (Model model, Dataset records) = Create();
        Model expected = model.Clone();

        // The coins of the first two records are one below the threshold and the threshold itself, the others above it.
        ulong[] coins = [(1UL << 62) - 1, 1UL << 62, .. Enumerable.Repeat(ulong.MaxValue, Count - 2)];
        LocalDpSgdOptions options = Options with { Sampling = new PoissonBatches(0.25, new GivenCoins(coins)) };
        LocalDpSgdRecord record = new LocalDpSgd(model, records, options, NoGradientNoise.Instance).Run(1);
        new LocalDpSgd(expected, records.Subset([0]), options with { Sampling = new AllRecords() }, NoGradientNoise.Instance).Step();
        Values(model).Should().Equal(Values(expected));
        record.Sampling.Should().BeOfType<PoissonBatches>().Which.Rate.Should().Be(0.25);
        (record.Neighbors, record.Sensitivity, record.Participations)
            .Should().Be((NeighborRelation.AddOrRemoveOne, NoClipping.ClipNorm, 1));
    }

    [Fact]
    public void PoissonBatches_ManyCoins_HaveTheSizesOfTheBinomialDistribution()
    {
        const int Records = 1000;
        const int Draws = 400;
        var sampling = new PoissonBatches(0.1, new SeededRandom(6));
        double[] sizes = [.. Enumerable.Range(0, Draws).Select(step => (double)sampling.Draw(step, Records).Length)];
        sizes.Average().Should().BeApproximately(100, 5 * Math.Sqrt(90.0 / Draws));
        sizes.Sum(size => Math.Pow(size - 100, 2)).Should().BeInRange(0.7 * 90 * Draws, 1.4 * 90 * Draws);
    }

    [Fact]
    public void PoissonBatches_EmptyBatch_MakesAStepOfNoiseAlone()
    {
        (Model model, Dataset records) = Create();
        var noise = new FixedNoise(1L << 22);
        float[] before = Values(model);
        LocalDpSgdOptions options = Options with
        {
            Sampling = new PoissonBatches(0.5, new GivenCoins([.. Enumerable.Repeat(ulong.MaxValue, Count)])),
            WeightDecay = 0,
        };
        new LocalDpSgd(model, records, options, noise).Run(1).Steps.Should().Be(1);
        noise.Calls.Should().Be(1);
        Values(model).Should().NotEqual(before);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-0.1)]
    [InlineData(1.01)]
    [InlineData(double.NaN)]
    [InlineData(1e-13)]
    public void PoissonBatches_RateOutOfRange_IsRefused(double rate)
    {
        Action create = () => _ = new PoissonBatches(rate, new SeededRandom(1));
        create.Should().Throw<ArgumentOutOfRangeException>();
    }

    [Theory]
    [InlineData(0)]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    public void Validate_DivisorOutOfRange_IsRefused(double divisor)
        => (Options with { Divisor = divisor }).Invoking(invalid => invalid.Validate()).Should().Throw<ArgumentOutOfRangeException>();

    [Theory]
    [InlineData(-1)]
    [InlineData(double.NaN)]
    public void Constructor_NoiseMultiplierOutOfRange_IsRefused(double multiplier)
    {
        (Model model, Dataset records) = Create();
        Action create = () => _ = new LocalDpSgd(model, records, Options, new FixedNoise(1, multiplier));
        create.Should().Throw<ArgumentException>().WithMessage("*multiplier*");
    }

    [Fact]
    public void Step_ParametersThatOverflow_ReportDivergence()
    {
        (Model model, Dataset records) = Create();
        LocalDpSgdOptions options = Options with { LearningRate = float.MaxValue };
        var training = new LocalDpSgd(model, records, options, new FixedNoise(long.MaxValue >> 8));
        training.Invoking(absurd => absurd.Run(2)).Should().Throw<TrainingDivergedException>();
    }

    [Fact]
    public void Run_ClippedDigitsWithoutNoise_StillLearns()
    {
        var split = DatasetSplit.Stratified(SyntheticDigits.Generate(1200, seed: 7), seed: 1);
        Model model = PaperModels.Mlp().Initialize(3);
        var options = new LocalDpSgdOptions
        {
            Sampling = new PoissonBatches(0.06, new SeededRandom(5)),
            Clipping = new GradientClipping { ClipNorm = 1, NonFinite = NonFiniteGradients.Zero },
            Divisor = 64,
            LearningRate = 0.5f,
            DegreeOfParallelism = 2,
        };
        new LocalDpSgd(model, split.Training, options, NoGradientNoise.Instance).Run(80);
        Evaluator.Evaluate(model, split.Test).Accuracy.Should().BeGreaterThan(0.7);
    }

    private static (Model Model, Dataset Records) Create()
    {
        Model model = SampleModels.Create("mlp");
        return (model, SampleModels.Records(model, Count));
    }

    private static float[] Values(Model model) => [.. model.Parameters.SelectMany(parameter => parameter.Value.Values.ToArray())];

    private sealed class GivenCoins(ulong[] coins) : IRandomBytes
    {
        public void Fill(Span<byte> destination)
            => System.Runtime.InteropServices.MemoryMarshal.AsBytes(coins.AsSpan()).CopyTo(destination);
    }
}
