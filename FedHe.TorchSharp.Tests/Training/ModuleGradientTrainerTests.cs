using FedHe.Learning.Data;
using FedHe.Learning.Data.Digits;
using FedHe.Learning.Models;
using FedHe.MLBridge.Layout;
using FedHe.Orchestration.Client;
using FedHe.Orchestration.Job;
using FedHe.TorchSharp.Records;
using FedHe.TorchSharp.Tests.Records;
using FedHe.TorchSharp.Tests.Support;
using FedHe.TorchSharp.Training;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace FedHe.TorchSharp.Tests.Training;

/// <summary>A trainer of a job of distributed gradients returns the sum at the global model, and leaves its module alone.</summary>
public sealed class ModuleGradientTrainerTests : IDisposable
{
    private static readonly Dataset Digits = SyntheticDigits.Generate(24, seed: 3);

    private readonly LearningBridge _global = LearningBridge.Create(ModelFactory.Create("linear", Digits.SampleShape, Digits.ClassCount), seed: 4);
    private readonly LearningBridge _own = LearningBridge.Create(ModelFactory.Create("linear", Digits.SampleShape, Digits.ClassCount), seed: 5);

    public void Dispose()
    {
        _global.Dispose();
        _own.Dispose();
    }

    [TorchFact]
    public async Task TrainAsync_Records_ReturnsTheirSumAtTheGlobalModel()
    {
        ModelParameters model = _global.Layout.Read(_global.Module);
        ModelParameters before = _own.Layout.Read(_own.Module);
        var trainer = new ModuleGradientTrainer<Sequential>(_own.Module, _own.Layout, Enumerable.Range(0, 12), ModuleClippedSumTests.CrossEntropy);
        PrivacyTerms terms = ModuleClippedSumTests.Terms(1);

        LocalTrainingResult result = await trainer.TrainAsync(model, Task(terms), null, default);

        result.Gradient!.Units.ToArray().Should().Equal(
            ModuleClippedSum.Of(_global.Module, _global.Layout, terms, Enumerable.Range(0, 12), ModuleClippedSumTests.CrossEntropy).Units.ToArray());
        result.Parameters.Should().BeSameAs(model);
        _own.Layout.Read(_own.Module).Get<float>("fc.weight").ToArray().Should().Equal(before.Get<float>("fc.weight").ToArray(), "the module is as it was before");
        trainer.SampleCount.Should().Be(1, "the number of records is told to nobody");
    }

    [TorchFact]
    public async Task TrainAsync_APartOfTheRecords_TakesThoseOfItsPlacesAndSaysSo()
    {
        ModelParameters model = _global.Layout.Read(_global.Module);
        var seen = new List<int>();
        var trainer = new ModuleGradientTrainer<Sequential>(_own.Module, _own.Layout, [0, 3, 4, 7, 9, 10], (module, record) =>
        {
            seen.Add(record);
            return ModuleClippedSumTests.CrossEntropy(module, record);
        });
        TrainingTask task = Task(ModuleClippedSumTests.Terms(1)) with { Part = new RecordPart(1, 3) };

        LocalTrainingResult result = await trainer.TrainAsync(model, task, null, default);

        seen.Should().Equal([4, 7, 10], "their numbers leave 1 on division by 3");
        result.Gradient!.Part.Should().Be(task.Part);
    }

    [TorchFact]
    public async Task TrainAsync_AJobThatAddsUpNoGradients_IsRefused()
    {
        ModelParameters model = _global.Layout.Read(_global.Module);
        var trainer = new ModuleGradientTrainer<Sequential>(_own.Module, _own.Layout, [0], ModuleClippedSumTests.CrossEntropy);
        Func<Task> without = () => trainer.TrainAsync(model, Task(null), null, default);
        Action twice = () => _ = new ModuleGradientTrainer<Sequential>(_own.Module, _own.Layout, [0, 1, 0], ModuleClippedSumTests.CrossEntropy);

        await without.Should().ThrowAsync<InvalidOperationException>();
        twice.Should().Throw<ArgumentException>();
    }

    private static TrainingTask Task(PrivacyTerms? terms) => new(1, new TrainingSettings { LocalEpochs = 1, BatchSize = 1, LearningRate = 0.1 }, WeightLimit: 1) { Privacy = terms };
}
