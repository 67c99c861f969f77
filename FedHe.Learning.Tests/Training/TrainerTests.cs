using FedHe.Crypto.Errors;
using FedHe.Crypto.Kernels.MultiPrecision;
using FedHe.Crypto.Random;
using FedHe.Learning.Data;
using FedHe.Learning.Data.Digits;
using FedHe.Learning.Models;
using FedHe.Learning.Randomness;
using FedHe.Learning.Tensors;
using FedHe.Learning.Training;

namespace FedHe.Learning.Tests.Training;

public sealed class TrainerTests
{
    private static readonly TrainingOptions Options = new() { LearningRate = 0.05f, Momentum = 0.9f, BatchSize = 32, Seed = 1 };

    [Fact]
    public void Train_MlpOnSyntheticDigits_LearnsOverSeveralEpochs()
    {
        var split = DatasetSplit.Stratified(SyntheticDigits.Generate(4000, seed: 7), seed: 1);
        Model model = PaperModels.Mlp().Initialize(3);
        TrainingResult first = Trainer.Train(model, split.Training, Options with { LearningRate = 0.02f });
        Evaluation early = Evaluator.Evaluate(model, split.Test);
        TrainingResult later = Trainer.Train(model, split.Training, Options with { Epochs = 5 });
        Evaluation trained = Evaluator.Evaluate(model, split.Test);

        early.Accuracy.Should().BeInRange(0.7, 0.94, "the task is neither trivial nor hopeless");
        trained.Accuracy.Should().BeGreaterThan(0.95);
        later.Loss.Should().BeLessThan(first.Loss / 4);
        later.EpochLosses.Should().HaveCount(5).And.BeInDescendingOrder();
        later.Steps.Should().Be(5 * 100);
    }

    [Fact]
    public void Train_CnnOnSyntheticDigits_LearnsInOneEpoch()
    {
        var split = DatasetSplit.Stratified(SyntheticDigits.Generate(1200, seed: 8), seed: 1);
        Model model = PaperModels.Cnn().Initialize(3);
        Trainer.Train(model, split.Training, Options with { DegreeOfParallelism = 2 });
        Evaluator.Evaluate(model, split.Test, degree: 2).Accuracy.Should().BeGreaterThan(0.8);
    }

    [Theory]
    [InlineData("mlp")]
    [InlineData("cnn")]
    [InlineData("lenet")]
    public void Train_AnyDegree_GivesTheSameBits(string name)
    {
        Dataset digits = SyntheticDigits.Generate(40, seed: 1);
        Model serial = ModelFactory.Create(name, [1, 28, 28], 10).Initialize(1);
        Model parallel = serial.Clone();
        Trainer.Train(serial, digits, Options with { BatchSize = 20 });
        Trainer.Train(parallel, digits, Options with { BatchSize = 20, DegreeOfParallelism = 3 });
        foreach ((Parameter? a, Parameter? b) in serial.Parameters.Zip(parallel.Parameters))
        {
            a.Value.Values.SequenceEqual(b.Value.Values).Should().BeTrue($"{a.Name} must not depend on the threads");
        }
    }

    [Fact]
    public void Train_OneStep_FollowsTheStatedRule()
    {
        // loss = (w x - y)^2 with x = 2, y = 1, w = 0.5, b = 0: gradient 0, so decay and momentum alone move w.
        Model model = Regression(weight: 0.5f);
        var data = new Dataset("one", new Tensor([1, 1], [2]), [1], ["0", "1"]);
        var options = new TrainingOptions
        {
            LearningRate = 0.1f,
            WeightDecay = 0.2f,
            Objective = Objective.MeanSquaredError,
        };
        Trainer.Train(model, data, options).Loss.Should().Be(0);
        model.Parameters[0].Value.Values[0].Should().BeApproximately(0.5f - (0.1f * 0.2f * 0.5f), 1e-7f);
    }

    [Fact]
    public void Train_TwoStepsWithMomentum_FollowTheStatedRule()
    {
        Model model = Regression(weight: 0);
        var data = new Dataset("one", new Tensor([1, 1], [1]), [1], ["0", "1"]);
        Trainer.Train(model, data, new TrainingOptions
        {
            Epochs = 2,
            LearningRate = 0.1f,
            Momentum = 0.5f,
            Objective = Objective.MeanSquaredError,
        });

        // step 1: gradient -2 for w and b, both become 0.2; step 2: gradient 2 (0.4 - 1) = -1.2, v = -1 - 1.2.
        model.Parameters[0].Value.Values[0].Should().BeApproximately(0.2f + 0.22f, 1e-6f);
    }

    [Fact]
    public void Train_TwoStepsWithACorrection_FollowTheStatedRule()
    {
        Model model = Regression(weight: 0);
        var data = new Dataset("one", new Tensor([1, 1], [1]), [1], ["0", "1"]);
        var options = new TrainingOptions
        {
            Epochs = 2,
            LearningRate = 0.1f,
            Objective = Objective.MeanSquaredError,
            Correction = [new float[] { 0.5f }, new float[] { -0.5f }],
        };
        Trainer.Train(model, data, options).Steps.Should().Be(2);

        // Gradients are -2 for w and b, so w = 0.15 and b = 0.25; then 2 (0.4 - 1) = -1.2, so w = 0.15 + 0.07 and b = 0.25 + 0.17.
        model.Parameters[0].Value.Values[0].Should().BeApproximately(0.22f, 1e-6f);
        model.Parameters[1].Value.Values[0].Should().BeApproximately(0.42f, 1e-6f);

        // A parameter that stays with its client has no correction: w = 0.2 and then 0.2 + 0.1 * 2 (1 - 0.45) = 0.31.
        Model local = Regression(weight: 0);
        Trainer.Train(local, data, options with { Correction = [ReadOnlyMemory<float>.Empty, new float[] { -0.5f }] });
        local.Parameters[0].Value.Values[0].Should().BeApproximately(0.31f, 1e-6f);
        local.Parameters[1].Value.Values[0].Should().BeApproximately(0.41f, 1e-6f);

        Action Training(TrainingOptions changed) => () => Trainer.Train(Regression(weight: 0), data, changed);
        Training(options with { Momentum = 0.1f }).Should().Throw<ArgumentOutOfRangeException>().WithParameterName("Momentum");
        Training(options with { ProximalTerm = 0.1f }).Should().Throw<ArgumentOutOfRangeException>().WithParameterName("ProximalTerm");
        Training(options with { Correction = [new float[] { 1 }] }).Should().Throw<ArgumentException>();
        Training(options with { Correction = [new float[] { 1 }, new float[] { 1, 2 }] }).Should().Throw<ArgumentException>();
    }

    [Fact]
    public void Train_ProximalTerm_KeepsTheModelNearItsStart()
    {
        Dataset digits = SyntheticDigits.Generate(200, seed: 3);
        Model start = PaperModels.Mlp().Initialize(1);
        Drift(0.5f).Should().BeLessThan(0.8 * Drift(0));

        double Drift(float proximalTerm)
        {
            Model model = start.Clone();
            Trainer.Train(model, digits, Options with { Epochs = 3, Momentum = 0, ProximalTerm = proximalTerm });
            return AllValues(model).Zip(AllValues(start), (moved, anchor) => Math.Pow(moved - anchor, 2)).Sum();
        }
    }

    [Fact]
    public void Train_BinaryLabelsWithOneOutput_Learns()
    {
        float[] features = new float[200 * 2];
        int[] labels = new int[200];
        var random = new FedHe.Learning.Randomness.SeededRandom(4);
        for (int i = 0; i < labels.Length; i++)
        {
            labels[i] = i % 2;
            features[2 * i] = (float)(random.NextGaussian() + (4 * labels[i]) - 2);
            features[(2 * i) + 1] = (float)random.NextGaussian();
        }

        var data = new Dataset("blobs", new Tensor([200, 2], features), labels, ["a", "b"]);
        Model model = ModelFactory.Linear([2], 1);
        Trainer.Train(model, data, Options with { Epochs = 5, Momentum = 0 });
        Evaluator.Evaluate(model, data).Accuracy.Should().BeGreaterThan(0.95);
    }

    [Fact]
    public void Train_Cancelled_Stops()
    {
        using var source = new CancellationTokenSource();
        source.Cancel();
        Func<TrainingResult> train = () => Trainer.Train(PaperModels.Mlp(), SyntheticDigits.Generate(10, 1), Options, source.Token);
        train.Should().Throw<OperationCanceledException>();
    }

    [Fact]
    public void Train_AbsurdLearningRate_ReportsDivergence()
    {
        TrainingOptions absurd = Options with { LearningRate = 1e20f, Epochs = 3 };
        Func<TrainingResult> train = () => Trainer.Train(PaperModels.Mlp().Initialize(1), SyntheticDigits.Generate(200, 1), absurd);
        train.Should().Throw<TrainingDivergedException>().WithMessage("*learning rate*");
    }

    [Theory]
    [InlineData(0f, 0f, 0f)]
    [InlineData(float.NaN, 0f, 0f)]
    [InlineData(0.1f, 1f, 0f)]
    [InlineData(0.1f, 0f, -1f)]
    public void Train_OptionOutOfRange_IsRefused(float learningRate, float momentum, float proximalTerm)
    {
        var options = new TrainingOptions { LearningRate = learningRate, Momentum = momentum, ProximalTerm = proximalTerm };
        options.Invoking(invalid => invalid.Validate()).Should().Throw<ArgumentOutOfRangeException>();
    }

    [Fact]
    public void Train_MoreClassesThanOutputs_IsRefused()
    {
        Func<TrainingResult> train = () => Trainer.Train(ModelFactory.Mlp([1, 28, 28], [8], 9), SyntheticDigits.Generate(10, 1), Options);
        train.Should().Throw<ArgumentException>().WithMessage("*9 outputs*10 classes*");
    }

    private static IEnumerable<float> AllValues(Model model) =>
        model.Parameters.SelectMany(parameter => parameter.Value.Values.ToArray());

    private static Model Regression(float weight)
    {
        Model model = ModelFactory.Linear([1], 1);
        model.Parameters[0].Value.Values[0] = weight;
        return model;
    }
}
