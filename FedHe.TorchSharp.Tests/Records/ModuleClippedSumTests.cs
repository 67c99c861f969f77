using System.Numerics;
using FedHe.Learning.Data;
using FedHe.Learning.Data.Digits;
using FedHe.Learning.Models;
using FedHe.Learning.PerSample;
using FedHe.Learning.PrivateTraining;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Privacy;
using FedHe.TorchSharp.Errors;
using FedHe.TorchSharp.Records;
using FedHe.TorchSharp.State;
using FedHe.TorchSharp.Tests.Support;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace FedHe.TorchSharp.Tests.Records;

/// <summary>A sum of clipped gradients is the training engine's, and one record changes it by at most the clip norm.</summary>
public sealed class ModuleClippedSumTests
{
    private const int LogClipUnits = 16;

    private static readonly Dataset Digits = SyntheticDigits.Generate(24, seed: 3);

    public static TheoryData<string> Models { get; } = new("lenet", "mlp");

    [TorchTheory]
    [MemberData(nameof(Models))]
    public void Of_Records_IsTheSumOfTheTrainingEngine(string name)
    {
        using LearningBridge bridge = LearningBridge.Create(ModelFactory.Create(name, Digits.SampleShape, Digits.ClassCount), seed: 4);
        PrivacyTerms terms = Terms(clip: 0.7);
        ClippedSum expected = DistributedGradient.Of(bridge.Model, Digits, new GradientClipping { ClipNorm = 0.7, LogClipUnits = LogClipUnits, NonFinite = NonFiniteGradients.Refuse });

        GradientSum sum = ModuleClippedSum.Of(bridge.Module, bridge.Layout, terms, Enumerable.Range(0, Digits.Count), CrossEntropy);

        (sum.ClipNorm, sum.LogClipUnits).Should().Be((0.7, LogClipUnits));
        Closeness.ShouldBeClose(Singles(sum), expected.ToSingles(), 1e-3);
    }

    [TorchTheory]
    [InlineData(1e-3)]
    [InlineData(0.7)]
    [InlineData(1e3)]
    public void Of_OneRecordMore_ChangesTheSumByItsOwnIntegersOfAtMostTheClipNorm(double clip)
    {
        using LearningBridge bridge = LearningBridge.Create(ModelFactory.Create("mlp", Digits.SampleShape, Digits.ClassCount), seed: 4);
        GradientSum Of(params int[] records) => ModuleClippedSum.Of(bridge.Module, bridge.Layout, Terms(clip), records, CrossEntropy);

        long[] difference = [.. Of(5, 1, 9).Units.ToArray().Zip(Of(5, 9).Units.ToArray(), (with, without) => with - without)];

        difference.Should().Equal(Of(1).Units.ToArray()).And.Contain(value => value != 0);
        difference.Aggregate(BigInteger.Zero, (sum, value) => sum + ((BigInteger)value * value)).Should().BeLessThanOrEqualTo(BigInteger.One << (2 * LogClipUnits));
    }

    [TorchFact]
    public void Of_ARecordWhoseGradientIsNotFinite_AddsNothing()
    {
        using LearningBridge bridge = LearningBridge.Create(ModelFactory.Create("mlp", Digits.SampleShape, Digits.ClassCount), seed: 4);
        GradientSum Of(params int[] records) => ModuleClippedSum.Of(
            bridge.Module, bridge.Layout, Terms(1), records, (module, record) => CrossEntropy(module, record) * (record == 2 ? float.NaN : record == 3 ? float.PositiveInfinity : 1));

        Of(1, 2, 3).Units.ToArray().Should().Equal(Of(1).Units.ToArray());
    }

    [TorchFact]
    public void Of_AModuleWithNormalizationAndDropout_TakesEachRecordByItselfAndLeavesTheModule()
    {
        using Sequential module = NormalizedNetwork.Create();
        module.train();
        var layout = ModuleLayout.Of(module, 8);
        using Tensor inputs = rand(4, 3);
        Tensor Loss(Sequential network, int record) => network.call(inputs[record].unsqueeze(0)).square().sum();
        float[] statistics = [.. module.get_buffer("norm.running_mean")!.data<float>()];

        GradientSum together = ModuleClippedSum.Of(module, layout, Terms(1), [0, 1, 2, 3], Loss);
        long[] apart = [.. Enumerable.Range(0, 4).Select(record => ModuleClippedSum.Of(module, layout, Terms(1), [record], Loss).Units.ToArray()).Aggregate((sum, one) => [.. sum.Zip(one, (a, b) => a + b)])];

        together.Units.ToArray().Should().Equal(apart, "records do not mix, and dropout is off");
        module.training.Should().BeTrue();
        module.get_buffer("norm.running_mean")!.data<float>().ToArray().Should().Equal(statistics);
    }

    /// <summary>The attack: a module that remembers records lets one of them change the gradients of all later ones, which no clip bounds.</summary>
    [TorchFact]
    public void Of_ALossThatChangesABuffer_IsRefusedByName()
    {
        using var value = new global::TorchSharp.Modules.Parameter(ones(2));
        using var module = new OneParameter(value);
        module.register_buffer("seen", zeros(1));
        var layout = ModuleLayout.Of(module, 8);
        Action sum = () => ModuleClippedSum.Of(module, layout, Terms(1), [0, 1], (network, record) =>
        {
            using (no_grad())
            {
                network.get_buffer("seen")!.add_(1);
            }

            return (network.Value * network.get_buffer("seen")!).sum();
        });

        sum.Should().Throw<ModuleException>().Which.Error.Should().Be(ModuleError.RemembersRecords);
    }

    [TorchFact]
    public void Of_ImpossibleArguments_IsRefused()
    {
        using LearningBridge bridge = LearningBridge.Create(ModelFactory.Create("mlp", Digits.SampleShape, Digits.ClassCount), seed: 4);
        PrivacyTerms clients = PrivacyTerms.Create(ProtectedUnit.Client, 8, 1e-5, 1, NoiseMechanism.Skellam, 100, 0.5, 4, 1, 1);
        Action ofClients = () => ModuleClippedSum.Of(bridge.Module, bridge.Layout, clients, [0], CrossEntropy);
        Action coarse = () => ModuleClippedSum.Of(bridge.Module, bridge.Layout, Terms(1, logClipUnits: 8), [0], CrossEntropy);
        Action vector = () => ModuleClippedSum.Of(bridge.Module, bridge.Layout, Terms(1), [0], (module, record) => ones(2) * CrossEntropy(module, record));

        ofClients.Should().Throw<ArgumentException>().WithMessage("*protect whole clients*");
        coarse.Should().Throw<ArgumentException>().WithMessage("*finer grid*");
        vector.Should().Throw<ArgumentException>();
    }

    internal static PrivacyTerms Terms(double clip, int logClipUnits = LogClipUnits)
        => PrivacyTerms.ForGradients(8, 1e-5, clip, logClipUnits, NoiseMechanism.Skellam, 1e6, contributors: 4, dropouts: 1, colluders: 1);

    internal static Tensor CrossEntropy(Sequential module, int record) => nn.functional.cross_entropy(
        module.call(LearningBridge.ToTorch(Digits.GatherFeatures([record]))), tensor(new long[] { Digits.Labels[record] }));

    private static float[] Singles(GradientSum sum) => [.. sum.Units.ToArray().Select(unit => (float)Math.ScaleB(unit * sum.ClipNorm, -sum.LogClipUnits))];
}
