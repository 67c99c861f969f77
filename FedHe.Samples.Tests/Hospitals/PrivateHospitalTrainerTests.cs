using System.Numerics.Tensors;
using FedHe.Learning.Data;
using FedHe.Learning.Data.Digits;
using FedHe.Learning.Models;
using FedHe.Learning.PerSample;
using FedHe.Learning.PrivateTraining;
using FedHe.MLBridge.Identities;
using FedHe.MLBridge.Layout;
using FedHe.Orchestration.Client;
using FedHe.Orchestration.Errors;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Privacy;
using FedHe.Privacy.Budgets;
using FedHe.Privacy.Federation;
using HospitalFedAvg.Data;
using HospitalFedAvg.Federation;
using HospitalFedAvg.Privacy;

namespace FedHe.Samples.Tests.Hospitals;

/// <summary>Hospitals train on records as the terms of the job say, and report what they did.</summary>
public sealed class PrivateHospitalTrainerTests
{
    private static readonly Dataset Digits = SyntheticDigits.Generate(60, seed: 1);
    private static readonly Model Architecture = ModelFactory.Create("linear", Digits.SampleShape, Digits.ClassCount).Initialize(1);
    private static readonly ClientId Hospital = new("hospital-1");

    private readonly ModelBridge _bridge = new(Architecture);
    private readonly UpdateLog _log = new();

    [Theory]
    [InlineData(0.25)]
    [InlineData(1)]
    public async Task LocalTraining_DoesWhatTheTermsSayAndReportsIt(double rate)
    {
        PrivacyTerms terms = RecordPrivacyPlan.ForLocalTraining(
            PrivacyBudget.ForRecords(RecordForm.LocalDpSgd, 8, 1e-5, 0.5), Architecture.ParameterCount, trainings: 2, steps: 4, rate, TrainingPlan.Secrecy).Privacy!;
        var trainer = new PrivateHospitalTrainer(Hospital, Digits, Architecture, _bridge, hasNoisedCount: false, _log);
        ModelParameters initial = _bridge.Export(Architecture, out _);

        LocalTrainingResult first = await trainer.TrainAsync(initial, TaskOf(terms), null, CancellationToken.None);
        LocalTrainingResult second = await trainer.TrainAsync(initial, TaskOf(terms), null, CancellationToken.None);

        first.Training.Should().Be(new RecordTraining(0.5, terms.LogClipUnits, terms.NoiseMultiplier, rate, Steps: 4));
        string tensor = _bridge.Layout.Tensors[0].Name;
        first.Parameters.Get<float>(tensor).ToArray().Should().NotEqual(second.Parameters.Get<float>(tensor).ToArray(), "noise is drawn anew");
        (trainer.SampleCount, _log.Of([Hospital])[0].Weight).Should().Be((1L, 1L), "a number of records would tell of them");
    }

    [Fact]
    public async Task LocalTraining_WithANoisedCount_WeighsAndDividesByItAndNotByTheExactOne()
    {
        PrivacyTerms terms = RecordPrivacyPlan.ForLocalTraining(
            PrivacyBudget.ForRecords(RecordForm.LocalDpSgd, 8, 1e-5, 0.5), Architecture.ParameterCount, 2, 4, samplingRate: 1, parts: new LocalTrainingParts { NoisedCount = new NoisedCountTerms(400) }).Privacy!;
        var trainer = new PrivateHospitalTrainer(Hospital, Digits, Architecture, _bridge, hasNoisedCount: true, _log);
        ModelParameters initial = _bridge.Export(Architecture, out _);
        double Moved(LocalTrainingResult result) => TensorPrimitives.Distance(
            result.Parameters.Get<float>(_bridge.Layout.Tensors[0].Name), initial.Get<float>(_bridge.Layout.Tensors[0].Name));

        double near = Moved(await trainer.TrainAsync(initial, TaskOf(terms) with { NoisedCount = 50, WeightLimit = 100_000 }, null, CancellationToken.None));
        double far = Moved(await trainer.TrainAsync(initial, TaskOf(terms) with { NoisedCount = 50_000, WeightLimit = 100_000 }, null, CancellationToken.None));

        (near / far).Should().BeInRange(100, 10_000, "a thousand times the divisor moves the model about a thousandth");
        (trainer.SampleCount, _log.Of([Hospital])[0].Weight).Should().Be((60L, 50_000L), "the client adds noise to the count before it is told");
    }

    [Fact]
    public async Task Gradient_OfAllRecords_IsTheClippedSumInUnitsOfTheTerms()
    {
        PrivacyTerms terms = RecordPrivacyPlan.ForGradients(
            PrivacyBudget.ForRecords(RecordForm.DistributedGradient, 8, 1e-5, 0.5), NoiseMechanism.Skellam, Architecture.ParameterCount, 2, 4, 1, 1, 0.1, 100).Privacy!;
        var trainer = new GradientHospitalTrainer(Hospital, Digits, Architecture, _bridge, step: 1e-9, _log);
        ModelParameters initial = _bridge.Export(Architecture, out _);

        LocalTrainingResult result = await trainer.TrainAsync(initial, TaskOf(terms), null, CancellationToken.None);

        ClippedSum expected = DistributedGradient.Of(Architecture, Digits, PrivacyPlan.ClippingOf(terms));
        result.Gradient!.Units.ToArray().Should().Equal(expected.Units.ToArray(), "the sum is exact and has no noise yet");
        (result.Gradient.ClipNorm, result.Gradient.LogClipUnits).Should().Be((0.5, terms.LogClipUnits));
        result.Parameters.Should().BeSameAs(initial);
        trainer.SampleCount.Should().Be(1);
    }

    [Fact]
    public void Noise_OnAnotherGridThanTheTerms_IsRefusedByName()
    {
        PrivacyTerms terms = PrivacyTerms.ForLocalTraining(8, 1e-5, 1, logClipUnits: 16, variance: 1L << 34, samplingRate: 1, steps: 1);
        Action otherGrid = () => new HospitalNoise(terms).AddTo(new long[4], 1 << 15);

        otherGrid.Should().Throw<PrivacyRefusedException>().Which.Error.Should().Be(PrivacyRefusal.OtherClip);
    }

    private static TrainingTask TaskOf(PrivacyTerms terms)
        => new(1, new TrainingSettings { LocalEpochs = 1, BatchSize = 32, LearningRate = 0.05 }, WeightLimit: 1) { Privacy = terms };
}
