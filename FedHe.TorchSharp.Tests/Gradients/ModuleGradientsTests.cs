using FedHe.Learning.Models;
using FedHe.Learning.Training;
using FedHe.PrivacyAudit.Attacks;
using FedHe.TorchSharp.Gradients;
using FedHe.TorchSharp.State;
using FedHe.TorchSharp.Tests.Support;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using LearningTensor = FedHe.Learning.Tensors.Tensor;

namespace FedHe.TorchSharp.Tests.Gradients;

public sealed class ModuleGradientsTests
{
    public static TheoryData<string> Models { get; } = new("lenet", "cnn", "mlp");

    [TorchTheory]
    [MemberData(nameof(Models))]
    public void Of_CrossEntropy_IsTheGradientOfTheTrainingEngine(string name)
    {
        using LearningBridge bridge = LearningBridge.Create(ModelOf(name), seed: 4);
        LearningTensor batch = bridge.Batch(6, seed: 5);
        int[] labels = bridge.Labels(6, seed: 6);
        float[] expected = [.. Trainer.ComputeGradients(bridge.Model, batch, labels).Gradients.SelectMany(part => part.Values.ToArray())];
        using DisposeScope scope = NewDisposeScope();
        Closeness.ShouldBeClose(ModuleGradients.Of(bridge.Module, bridge.Layout, CrossEntropy(bridge, batch, labels)), expected, 1e-5);

        CrossEntropy(bridge, batch, labels).backward();
        Closeness.ShouldBeClose(ModuleGradients.Accumulated(bridge.Module, bridge.Layout), expected, 1e-5);
        bridge.Module.zero_grad();
    }

    [TorchFact]
    public void Of_MeanSquaredError_IsTheGradientOfTheTrainingEngine()
    {
        using LearningBridge bridge = LearningBridge.Create(PaperModels.Linear(), seed: 1);
        LearningTensor batch = bridge.Batch(5, seed: 2);
        int[] labels = bridge.Labels(5, seed: 3);
        float[] expected = [.. Trainer.ComputeGradients(bridge.Model, batch, labels, Objective.MeanSquaredError).Gradients
            .SelectMany(part => part.Values.ToArray())];
        using DisposeScope scope = NewDisposeScope();
        Tensor targets = tensor(labels.Select(label => (float)label).ToArray()).unsqueeze(1);
        Tensor loss = nn.functional.mse_loss(bridge.Module.call(LearningBridge.ToTorch(batch)), targets);
        Closeness.ShouldBeClose(ModuleGradients.Of(bridge.Module, bridge.Layout, loss), expected, 1e-5);
    }

    [TorchTheory]
    [InlineData(true)]
    [InlineData(false)]
    public void Of_TiedWeights_IsTheDifferenceQuotient(bool byParameter)
    {
        using DisposeScope scope = NewDisposeScope();
        using TiedNetwork module = byParameter ? TiedNetwork.ByParameter(ScalarType.Float64) : TiedNetwork.ByMemory(ScalarType.Float64);
        var layout = ModuleLayout.Of(module, 8);
        Tensor input = rand(3, 4, dtype: ScalarType.Float64);
        Tensor Loss() => module.call(input).square().sum()!;
        float[] gradient = ModuleGradients.Of(module, layout, Loss());
        const double Step = 1e-5;
        for (int i = 0; i < gradient.Length; i++)
        {
            double Moved(double by)
            {
                using IDisposable withoutGradients = no_grad();
                Tensor value = module.Encoder.weight!.view(-1)[i];
                value.add_(by);
                double loss = Loss().item<double>();
                value.sub_(by);
                return loss;
            }

            double expected = (Moved(Step) - Moved(-Step)) / (2 * Step);
            ((double)gradient[i]).Should().BeApproximately(expected, 1e-5 * (1 + Math.Abs(expected)));
        }
    }

    [TorchFact]
    public void Of_EntriesThatNeedNone_IsZero()
    {
        using DisposeScope scope = NewDisposeScope();
        using Sequential module = NormalizedNetwork.Create();
        module.eval();
        module.ParameterOf("fc1.bias").requires_grad = false;
        var layout = ModuleLayout.Of(
            module, 8, new ModuleLayoutOptions { Frozen = FrozenParameters.Travel, Buffers = FloatingBuffers.Travel });
        float[] gradient = ModuleGradients.Of(module, layout, module.ParameterOf("fc2.bias").sum() * 3);
        gradient.Should().HaveCount(42);
        int bias = (int)layout.Layout.OffsetOf(layout.Layout.IndexOf("fc2.bias"));
        gradient.Select((value, i) => value == (i == bias || i == bias + 1 ? 3 : 0)).Should().OnlyContain(isRight => isRight);
        ModuleGradients.Of(module, layout, tensor(1f)).Should().OnlyContain(value => value == 0);
        ModuleGradients.Accumulated(module, layout).Should().OnlyContain(value => value == 0);
        FluentActions.Invoking(() => ModuleGradients.Of(module, layout, module.ParameterOf("fc2.bias"))).Should().Throw<ArgumentException>();
    }

    [TorchFact]
    public void Of_AnyLoss_LeaksNoTensor()
    {
        using LearningBridge bridge = LearningBridge.Create(PaperModels.Linear(), seed: 1);
        TensorCount.ShouldStay(() =>
        {
            using Tensor input = rand(2, 100);
            using Tensor output = bridge.Module.call(input);
            using Tensor loss = output.sum();
            ModuleGradients.Of(bridge.Module, bridge.Layout, loss);
        });
    }

    [TorchFact]
    public void Of_OneSample_GivesItsLabelToTheAudit()
    {
        using LearningBridge bridge = LearningBridge.Create(ModelOf("lenet"), seed: 8);
        LearningTensor sample = bridge.Batch(1, seed: 9);
        using DisposeScope scope = NewDisposeScope();
        float[] gradient = ModuleGradients.Of(bridge.Module, bridge.Layout, CrossEntropy(bridge, sample, [7]));
        LabelInference.Of(new ObservedGradient(bridge.Model, gradient, new bool[gradient.Length])).Should().Be(7);
    }

    private static Model ModelOf(string name) => name switch
    {
        "lenet" => PaperModels.LeNet(),
        "cnn" => PaperModels.Cnn(),
        _ => PaperModels.Mlp(),
    };

    private static Tensor CrossEntropy(LearningBridge bridge, LearningTensor batch, int[] labels)
        => nn.functional.cross_entropy(bridge.Module.call(LearningBridge.ToTorch(batch)), tensor(labels.Select(label => (long)label).ToArray()));
}
