using FedHe.Learning.Models;
using FedHe.Learning.Sensitivity;
using FedHe.Learning.Training;
using FedHe.MLBridge.Layout;
using FedHe.MLBridge.Sensitivity;
using FedHe.TorchSharp.Errors;
using FedHe.TorchSharp.Sensitivity;
using FedHe.TorchSharp.State;
using FedHe.TorchSharp.Tests.Support;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using LearningTensor = FedHe.Learning.Tensors.Tensor;

namespace FedHe.TorchSharp.Tests.Sensitivity;

public sealed class ModuleLabelGradientsTests
{
    private const int Samples = 5;

    [TorchTheory]
    [InlineData("lenet")]
    [InlineData("cnn")]
    public void Estimate_TrueLabel_IsTheMapOfTheTrainingEngine(string name)
    {
        using LearningBridge bridge = LearningBridge.Create(name == "lenet" ? PaperModels.LeNet() : PaperModels.Cnn(), seed: 1);
        Compare(bridge, LabelSensitivity.TrueLabel, Objective.CrossEntropy, SampleLoss.CrossEntropy);
    }

    [TorchTheory]
    [InlineData(Objective.CrossEntropy, SampleLoss.CrossEntropy)]
    [InlineData(Objective.MeanSquaredError, SampleLoss.MeanSquaredError)]
    public void Estimate_AllClasses_IsTheMapOfTheTrainingEngine(Objective objective, SampleLoss loss)
    {
        using LearningBridge bridge = LearningBridge.Create(ModelFactory.Mlp([1, 6, 6], [9], 4), seed: 2);
        Compare(bridge, LabelSensitivity.AllClasses, objective, loss);
    }

    [TorchTheory]
    [InlineData(Objective.CrossEntropy, SampleLoss.CrossEntropy)]
    [InlineData(Objective.CrossEntropy, SampleLoss.BinaryCrossEntropy)]
    [InlineData(Objective.MeanSquaredError, SampleLoss.MeanSquaredError)]
    public void Estimate_OneOutput_IsTheMapOfTheTrainingEngine(Objective objective, SampleLoss loss)
    {
        using LearningBridge bridge = LearningBridge.Create(ModelFactory.Mlp([1, 6, 6], [9], 1), seed: 3);
        Compare(bridge, LabelSensitivity.TrueLabel, objective, loss);
    }

    [TorchFact]
    public void Gradient_RandomSigns_IsTheCombinationOfTheSingleDirections()
    {
        using LearningBridge bridge = LearningBridge.Create(ModelFactory.Mlp([1, 6, 6], [9], 3), seed: 4);
        using Tensor samples = LearningBridge.ToTorch(bridge.Batch(1, seed: 5));
        var gradients = new ModuleLabelGradients(bridge.Module, bridge.Layout, samples, [2], 3);
        float[] signs = [1, -1, -1];
        var sum = new float[bridge.Layout.Layout.ParameterCount];
        for (int label = 0; label < 3; label++)
        {
            var single = new float[sum.Length];
            var direction = new float[3];
            direction[label] = signs[label];
            gradients.Gradient(0, direction, single);
            sum = [.. sum.Zip(single, (left, right) => left + right)];
        }

        var actual = new float[sum.Length];
        gradients.Gradient(0, signs, actual);
        Closeness.ShouldBeClose(actual, sum, 1e-5);
    }

    [TorchFact]
    public void Gradient_BuffersThatTravel_RankFirst()
    {
        using Sequential module = NormalizedNetwork.Create();
        var layout = ModuleLayout.Of(module, 8, new ModuleLayoutOptions { Buffers = FloatingBuffers.Travel });
        using Tensor samples = rand(2, 3);
        SensitivityMap map = new SensitivityEstimator().Estimate(new ModuleLabelGradients(module, layout, samples, [0, 1], 2));
        float[] values = map.Values.ToArray();
        float smallestBuffer = values[34..].Min();
        smallestBuffer.Should().BePositive();
        values[..34].Should().OnlyContain(value => value <= smallestBuffer);
    }

    [TorchFact]
    public void Gradient_Module_ComputesInEvaluationAndHasItsModeBack()
    {
        using Sequential module = NormalizedNetwork.Create();
        module.train();
        var layout = ModuleLayout.Of(module, 8);
        using Tensor samples = rand(1, 3);
        var modes = new List<bool>();
        var gradients = new ModuleLabelGradients(
            module,
            input =>
            {
                modes.Add(module.training);
                return module.call(input);
            },
            layout,
            samples,
            [1],
            2);
        var first = new float[layout.Layout.ParameterCount];
        var second = new float[first.Length];
        using (no_grad())
        {
            gradients.Gradient(0, [0, 1], first);
        }

        gradients.Gradient(0, [0, 1], second);
        first.Should().Equal(second, "dropout is off, and a caller without gradients gets them too").And.Contain(value => value != 0);
        modes.Should().Equal(false, false);
        module.training.Should().BeTrue();
        module.BufferOf("norm.num_batches_tracked").item<long>().Should().Be(0);
        module.ParameterOf("fc1.weight").grad.Should().BeNull();
    }

    [TorchFact]
    public void Constructor_ArgumentsOutOfRange_AreRefused()
    {
        using Linear module = nn.Linear(3, 2);
        var layout = ModuleLayout.Of(module, 8);
        using Tensor samples = rand(2, 3);
        FluentActions.Invoking(() => new ModuleLabelGradients(module, layout, samples, [0, 2], 2)).Should().Throw<ArgumentException>();
        FluentActions.Invoking(() => new ModuleLabelGradients(module, layout, samples, [0], 2)).Should().Throw<ArgumentException>();
        FluentActions.Invoking(() => new ModuleLabelGradients(module, layout, samples, [0, 1], 0)).Should().Throw<ArgumentException>();
        FluentActions.Invoking(() => new ModuleLabelGradients(module, layout, samples, [0, 1], 2, (SampleLoss)9)).Should().Throw<ArgumentException>();
        using Linear other = nn.Linear(3, 3);
        FluentActions.Invoking(() => new ModuleLabelGradients(other, layout, samples, [0, 1], 2)).Should().Throw<ModuleException>();
        var gradients = new ModuleLabelGradients(module, layout, samples, [0, 1], 3);
        FluentActions.Invoking(() => gradients.Gradient(0, [1, 0, 0], new float[8])).Should().Throw<ArgumentException>("the module has two outputs");
        FluentActions.Invoking(() => gradients.Gradient(0, [1, 0], new float[8])).Should().Throw<ArgumentException>();
        FluentActions.Invoking(() => gradients.Gradient(0, [1, 0, 0], new float[7])).Should().Throw<ArgumentException>();
        FluentActions.Invoking(() => gradients.Gradient(2, [1, 0, 0], new float[8])).Should().Throw<ArgumentOutOfRangeException>();
    }

    [TorchFact]
    public void Gradient_AnySample_LeaksNoTensor()
    {
        using Linear module = nn.Linear(3, 2);
        using Tensor samples = rand(2, 3);
        var gradients = new ModuleLabelGradients(module, ModuleLayout.Of(module, 8), samples, [0, 1], 2);
        TensorCount.ShouldStay(() => gradients.Gradient(1, [1, 0], new float[8]));
    }

    private static void Compare(LearningBridge bridge, LabelSensitivity variant, Objective objective, SampleLoss loss)
    {
        LearningTensor batch = bridge.Batch(Samples, seed: 11);
        int[] labels = bridge.Labels(Samples, seed: 12);
        int outputs = bridge.Model.OutputCount;
        var engine = new SampleSensitivity(bridge.Model, objective);
        engine.Add(batch, variant == LabelSensitivity.TrueLabel ? LabelDirections.TrueLabel(labels, outputs) : LabelDirections.AllClasses(Samples, outputs));
        using Tensor samples = LearningBridge.ToTorch(batch);
        var gradients = new ModuleLabelGradients(bridge.Module, bridge.Layout, samples, labels, outputs, loss);
        SensitivityMap map = new SensitivityEstimator(variant).Estimate(gradients);
        float[] expected = engine.Mean();
        Closeness.ShouldBeClose(map.Values, expected, 1e-5);
    }
}
