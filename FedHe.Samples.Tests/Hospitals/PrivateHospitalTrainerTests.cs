using FedHe.Crypto.Random;
using FedHe.Learning.Data;
using FedHe.Learning.Data.Digits;
using FedHe.Learning.Models;
using FedHe.Learning.PrivateTraining;
using FedHe.MLBridge.Identities;
using FedHe.MLBridge.Layout;
using FedHe.Orchestration.Job;
using FedHe.Privacy.Budgets;
using FedHe.Privacy.Errors;
using FedHe.Privacy.Releases;
using HospitalFedAvg.Data;
using HospitalFedAvg.Federation;
using HospitalFedAvg.Privacy;

namespace FedHe.Samples.Tests.Hospitals;

/// <summary>A hospital's ledger and its training: every training is paid for before it begins, and the planned noise is the one that is added.</summary>
public sealed class PrivateHospitalTrainerTests
{
    private const int Rounds = 2;

    private static readonly PrivacyBudget Budget = PrivacyBudget.ForRecords(RecordForm.LocalDpSgd, 8, 1e-5, 1);
    private static readonly Dataset Digits = SyntheticDigits.Generate(60, seed: 1);
    private static readonly Model Architecture = ModelFactory.Create("linear", Digits.SampleShape, Digits.ClassCount).Initialize(1);

    private readonly ModelBridge _bridge = new(Architecture);
    private readonly UpdateLog _log = new();

    [Fact]
    public async Task Attempts_ThatTrainAgain_SpendAgainAndStopInTheMiddleOfARetry()
    {
        RecordPlan plan = Plan();
        PrivateHospitalTrainer trainer = Trainer(plan);
        ModelParameters initial = _bridge.Export(Architecture, out _);
        await TrainAsync(trainer, initial, round: 1, attempt: 1);
        double first = trainer.Accountant.SpentEpsilon;
        await TrainAsync(trainer, initial, round: 1, attempt: 2);
        double second = trainer.Accountant.SpentEpsilon;
        second.Should().BeGreaterThan(first).And.BeInRange(7.99, 8);
        ModelParameters last = Latest();

        Func<Task> third = () => TrainAsync(trainer, initial, round: 2, attempt: 1);
        (await third.Should().ThrowAsync<PrivacyException>()).Which.Error.Should().Be(PrivacyError.BudgetExceeded);
        trainer.HasStopped.Should().BeTrue();
        Action announce = () => _ = trainer.SampleCount;
        announce.Should().Throw<PrivacyException>("the hospital takes part no more");
        Latest().Should().BeSameAs(last, "nothing was trained");
        trainer.Accountant.SpentEpsilon.Should().Be(second, "what is refused costs nothing");
        trainer.Accountant.Entries.Select(entry => entry.Purpose).Should().Equal("round 1, attempt 1", "round 1, attempt 2");
    }

    [Fact]
    public async Task Training_ThatIsCanceled_StaysCharged()
    {
        PrivateHospitalTrainer trainer = Trainer(Plan());
        Func<Task> canceled = () => trainer.TrainAsync(_bridge.Export(Architecture, out _), Task(1, 1), null, new CancellationToken(canceled: true));
        await canceled.Should().ThrowAsync<OperationCanceledException>();
        trainer.Accountant.Entries.Should().ContainSingle();
    }

    [Fact]
    public async Task Weight_OfAHospital_IsOneWhateverItsRecords()
    {
        PrivateHospitalTrainer trainer = Trainer(Plan());
        trainer.SampleCount.Should().Be(1);
        await TrainAsync(trainer, _bridge.Export(Architecture, out _), 1, 1);
        _log.Of([trainer.Hospital])[0].Weight.Should().Be(1);
    }

    [Fact]
    public void Plan_Charges_TheSensitivityOfItsSampling()
    {
        var plan = RecordPlan.Create(Budget, Architecture.ParameterCount, rate: 0.25, epochs: 1, Rounds, noiseMultiplier: 2);
        plan.StepsPerRound.Should().Be(4);
        plan.Sampling.Neighbors.Should().Be(NeighborRelation.AddOrRemoveOne);
        var step = plan.Step.Should().BeOfType<SampledDiscreteGaussianRelease>().Subject;
        (step.NoiseMultiplier, step.Probability).Should().Be((2, 0.25));
        step.Distance.Should().BePositive("samplers have a distance, and it is charged");

        var all = RecordPlan.Create(Budget, Architecture.ParameterCount, rate: 1, epochs: 1, Rounds, noiseMultiplier: 2);
        all.Step.Should().BeOfType<DiscreteGaussianRelease>("without a sample nothing is amplified");
    }

    [Fact]
    public void Plan_OfATrainingThatDiffers_RefusesItsModel()
    {
        RecordPlan plan = Plan();
        var done = new LocalDpSgdRecord(plan.StepsPerRound, plan.Sampling, 1, plan.NoiseMultiplier, plan.StepsPerRound);
        plan.Require(done);
        foreach (LocalDpSgdRecord other in new[] { done with { Steps = done.Steps + 1 }, done with { NoiseMultiplier = 0 }, done with { Sampling = new FixedBatches(8) } })
        {
            plan.Invoking(one => one.Require(other)).Should().Throw<InvalidOperationException>();
        }

        plan.Invoking(one => one.Require(done with { ClipNorm = 2 })).Should().Throw<PrivacyException>().Which.Error.Should().Be(PrivacyError.ClipDiffers);
    }

    [Theory]
    [InlineData(0.5)]
    [InlineData(3)]
    public void Noise_OfManyValues_HasThePromisedDeviation(double multiplier)
    {
        const int Count = 1 << 16;
        var noise = new DiscreteGaussianNoise(multiplier, logClipUnits: 16);
        long[] values = [.. Enumerable.Repeat(1000L, Count)];
        noise.AddTo(values, 1 << 16);
        double deviation = Math.Sqrt(values.Average(value => Math.Pow(value - 1000, 2)));

        // The deviation of a sample variance of this many values is 1 in 181; six of them are a chance below 1 in 10^8.
        (deviation / (multiplier * (1 << 16))).Should().BeInRange(1 - 0.017, 1 + 0.017);
        Action otherGrid = () => noise.AddTo(values, 1 << 15);
        otherGrid.Should().Throw<ArgumentOutOfRangeException>("its noise would be too little or too much");
    }

    private static RecordPlan Plan() => RecordPlan.Create(Budget, Architecture.ParameterCount, rate: 0.25, epochs: 1, Rounds, noiseMultiplier: null);

    private static TrainingTask Task(int round, int attempt) => new(round, new TrainingSettings { LocalEpochs = 1, BatchSize = 32, LearningRate = 0.05 }, WeightLimit: 1) { Attempt = attempt };

    private static async Task TrainAsync(PrivateHospitalTrainer trainer, ModelParameters model, int round, int attempt)
        => await trainer.TrainAsync(model, Task(round, attempt), null, CancellationToken.None);

    private ModelParameters Latest() => _log.Of([new ClientId("hospital-1")])[0].Parameters;

    private PrivateHospitalTrainer Trainer(RecordPlan plan) => new(new ClientId("hospital-1"), Digits, Architecture, _bridge, plan, _log);
}
