using FedHe.Crypto.Errors;
using FedHe.MLBridge.Controls;
using FedHe.MLBridge.Errors;
using FedHe.MLBridge.Layout;
using FedHe.Orchestration.Client;
using FedHe.Orchestration.Errors;
using FedHe.Orchestration.Job;
using FedHe.TorchSharp.State;
using FedHe.TorchSharp.Tests.Support;
using FedHe.TorchSharp.Training;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace FedHe.TorchSharp.Tests.Training;

public sealed class ModuleTrainerTests : IDisposable
{
    private readonly Sequential _module = NormalizedNetwork.Create();
    private readonly ModuleLayout _layout;
    private readonly ModelParameters _global;

    public ModuleTrainerTests()
    {
        _layout = ModuleLayout.Of(_module, 8);
        using Sequential other = NormalizedNetwork.Create();
        _global = _layout.Read(other);
    }

    public void Dispose() => _module.Dispose();

    [TorchFact]
    public async Task TrainAsync_Loop_StartsFromTheGlobalModelAndReturnsItsResult()
    {
        float[]? seen = null;
        var trainer = new ModuleTrainer<Sequential>(_module, _layout, 10, (module, _, _, _) =>
        {
            seen = _layout.Read(module).Get<float>("fc1.weight").ToArray();
            using IDisposable withoutGradients = no_grad();
            module.ParameterOf("fc1.bias").fill_(0.5);
        });
        trainer.SampleCount.Should().Be(10);
        LocalTrainingResult result = await trainer.TrainAsync(_global, Task(), null, default);
        seen.Should().Equal(_global.Get<float>("fc1.weight").ToArray());
        result.Parameters.Get<float>("fc1.bias").ToArray().Should().Equal(0.5f, 0.5f, 0.5f, 0.5f);
        result.Parameters.Get<float>("fc2.weight").ToArray().Should().Equal(_global.Get<float>("fc2.weight").ToArray());
    }

    [TorchFact]
    public async Task TrainAsync_OfCorrectedGradients_IsRefusedBeforeTheLoop()
    {
        var zero = ControlVariate.Zero(_layout.Layout.ParameterCount);
        bool isTrained = false;
        var trainer = new ModuleTrainer<Sequential>(_module, _layout, 1, (_, _, _, _) => isTrained = true);

        Func<Task> training = () => trainer.TrainAsync(_global, Task() with { Correction = new GradientCorrection(_layout.Layout, zero, zero) }, null, default);

        (await training.Should().ThrowAsync<CorrectionMissingException>()).WithMessage("*SCAFFOLD*CorrectedSteps*");
        isTrained.Should().BeFalse();
    }

    [TorchFact]
    public async Task TrainAsync_Loop_GetsTaskProgressAndToken()
    {
        using var source = new CancellationTokenSource();
        TrainingTask task = Task(round: 3);
        var reported = new List<double>();
        var trainer = new ModuleTrainer<Sequential>(_module, _layout, 1, (_, given, progress, token) =>
        {
            given.Should().BeSameAs(task);
            token.Should().Be(source.Token);
            progress.Report(0.5);
        });
        await trainer.TrainAsync(_global, task, new Reports(reported), source.Token);
        reported.Should().Equal(0.5);
        await trainer.TrainAsync(_global, task, null, source.Token);
    }

    [TorchFact]
    public async Task TrainAsync_ModuleInEvaluation_TrainsInTrainingModeAndHasItsModeBack()
    {
        _module.train();
        _module.named_children().Single(child => child.name == "drop").module.eval();
        bool[] before = Modes();
        bool[]? meanwhile = null;
        var trainer = new ModuleTrainer<Sequential>(_module, _layout, 1, (_, _, _, _) => meanwhile = Modes());
        await trainer.TrainAsync(_global, Task(), null, default);
        meanwhile.Should().OnlyContain(isTraining => isTraining);
        Modes().Should().Equal(before).And.Contain(false);
    }

    [TorchFact]
    public async Task TrainAsync_Loop_FindsNoOldGradients()
    {
        using Tensor loss = _module.call(rand(4, 3)).sum();
        loss.backward();
        bool hadGradient = true;
        var trainer = new ModuleTrainer<Sequential>(
            _module, _layout, 1, (module, _, _, _) => hadGradient = module.ParameterOf("fc1.weight").grad is not null);
        await trainer.TrainAsync(_global, Task(), null, default);
        hadGradient.Should().BeFalse();
    }

    [TorchFact]
    public async Task TrainAsync_LoopThatThrows_LeavesTheModuleAsItWas()
    {
        Dictionary<string, float[]> before = Values();
        var trainer = new ModuleTrainer<Sequential>(_module, _layout, 1, (module, _, _, _) =>
        {
            Step(module);
            module.ParameterOf("fc2.bias").requires_grad = false;
            throw new InvalidDataException("bad batch");
        });
        _module.eval();
        await FluentActions.Awaiting(() => trainer.TrainAsync(_global, Task(), null, default)).Should().ThrowAsync<InvalidDataException>();
        Values().Should().BeEquivalentTo(before);
        Modes().Should().OnlyContain(isTraining => !isTraining);
        _module.ParameterOf("fc2.bias").requires_grad.Should().BeTrue();
        _module.ParameterOf("fc1.weight").grad.Should().BeNull();
    }

    [TorchFact]
    public async Task TrainAsync_CanceledMeanwhile_LeavesTheModuleAsItWasAndTrainsAgain()
    {
        Dictionary<string, float[]> before = Values();
        using var source = new CancellationTokenSource();
        bool cancels = true;
        var trainer = new ModuleTrainer<Sequential>(_module, _layout, 1, (module, _, _, token) =>
        {
            Step(module);
            if (cancels)
            {
                source.Cancel();
            }
        });
        await FluentActions.Awaiting(() => trainer.TrainAsync(_global, Task(), null, source.Token))
            .Should().ThrowAsync<OperationCanceledException>("a loop that ignores the token has no result");
        Values().Should().BeEquivalentTo(before);
        cancels = false;
        LocalTrainingResult result = await trainer.TrainAsync(_global, Task(), null, default);
        result.Parameters.Layout.Digest.Should().Be(_layout.Layout.Digest);
    }

    [TorchFact]
    public async Task TrainAsync_TrainingThatDiverges_IsRefusedByNameAndUndone()
    {
        Dictionary<string, float[]> before = Values();
        var trainer = new ModuleTrainer<Sequential>(_module, _layout, 1, (module, _, _, _) =>
        {
            using IDisposable withoutGradients = no_grad();
            module.ParameterOf("fc2.bias").fill_(double.NaN);
        });
        (await FluentActions.Awaiting(() => trainer.TrainAsync(_global, Task(), null, default)).Should().ThrowAsync<ModelValueException>())
            .Which.Tensor.Should().Be("fc2.bias");
        Values().Should().BeEquivalentTo(before);
    }

    [TorchFact]
    public async Task TrainAsync_LocalBufferThatDiverges_IsRefusedByNameAndUndone()
    {
        Dictionary<string, float[]> before = Values();
        var trainer = new ModuleTrainer<Sequential>(_module, _layout, 1, (module, _, _, _) =>
        {
            using IDisposable withoutGradients = no_grad();
            module.BufferOf("norm.running_var")[2] = double.PositiveInfinity;
        });
        ModelValueException refusal = (await FluentActions.Awaiting(() => trainer.TrainAsync(_global, Task(), null, default))
            .Should().ThrowAsync<ModelValueException>()).Which;
        (refusal.Error, refusal.Tensor, refusal.Index).Should().Be((ValueError.NotFinite, "norm.running_var", 2));
        Values().Should().BeEquivalentTo(before);
    }

    [TorchFact]
    public async Task TrainAsync_BufferThatWasInfiniteBefore_IsAccepted()
    {
        using Linear module = nn.Linear(2, 2);
        module.register_buffer("mask", tensor(new[] { 0f, float.NegativeInfinity }));
        var layout = ModuleLayout.Of(module, 8);
        var trainer = new ModuleTrainer<Linear>(module, layout, 1, (_, _, _, _) => { });
        await trainer.TrainAsync(layout.Read(module), Task(), null, default);
    }

    [TorchFact]
    public async Task TrainAsync_SecondTrainingMeanwhile_IsRefused()
    {
        using var started = new SemaphoreSlim(0);
        using var go = new SemaphoreSlim(0);
        int trainings = 0;
        var trainer = new ModuleTrainer<Sequential>(_module, _layout, 1, (_, _, _, token) =>
        {
            started.Release();
            if (Interlocked.Increment(ref trainings) == 1)
            {
                go.Wait(token);
            }
        });
        Task<LocalTrainingResult> first = trainer.TrainAsync(_global, Task(), null, default);
        await started.WaitAsync();
        await FluentActions.Awaiting(() => trainer.TrainAsync(_global, Task(), null, default)).Should().ThrowAsync<InvalidOperationException>();
        go.Release();
        await first;
    }

    [TorchFact]
    public async Task TrainAsync_EqualSeeds_GiveEqualModels()
    {
        using Sequential other = NormalizedNetwork.Create();
        ModuleTrainer<Sequential> left = Trainer(_module, seed: 5);
        ModuleTrainer<Sequential> right = Trainer(other, seed: 5);
        LocalTrainingResult[] results = await System.Threading.Tasks.Task.WhenAll(
            left.TrainAsync(_global, Task(), null, default), right.TrainAsync(_global, Task(), null, default));
        Flat(results[0]).Should().Equal(Flat(results[1]));

        ModelParameters nextRound = (await right.TrainAsync(_global, Task(round: 2), null, default)).Parameters;
        Flat(new LocalTrainingResult(nextRound)).Should().NotEqual(Flat(results[0]), "another round draws other numbers");
        ModelParameters nextAttempt = (await right.TrainAsync(_global, Task() with { Attempt = 2 }, null, default)).Parameters;
        Flat(new LocalTrainingResult(nextAttempt)).Should().NotEqual(Flat(results[0]), "another attempt draws other numbers");
        ModelParameters otherSeed = (await Trainer(other, seed: 6).TrainAsync(_global, Task(), null, default)).Parameters;
        Flat(new LocalTrainingResult(otherSeed)).Should().NotEqual(Flat(results[0]));
    }

    [TorchFact]
    public void Train_LoopThatLeavesTensors_LeaksNone()
    {
        // All on this thread, which counts.
        TensorCount.ShouldStay(() =>
        {
            using DisposeScope scope = NewDisposeScope();
            using var snapshot = new ModuleSnapshot(_module);
            using var mode = ModuleMode.Training(_module);
            _layout.Load(_global, _module);
            Step(_module);
            _layout.Read(_module);
            snapshot.CheckBuffersFinite();
            snapshot.Restore(_module);
        });
    }

    [TorchFact]
    public async Task TrainAsync_LoopThatLeavesTensors_DisposesThem()
    {
        Tensor? left = null;
        var trainer = new ModuleTrainer<Sequential>(_module, _layout, 1, (module, _, _, _) => left = module.call(rand(4, 3)));
        await trainer.TrainAsync(_global, Task(), null, default);
        left!.IsInvalid.Should().BeTrue();
    }

    [TorchFact]
    public void Constructor_ModuleThatDoesNotFit_IsRefused()
    {
        using Linear other = nn.Linear(2, 2);
        FluentActions.Invoking(() => new ModuleTrainer<Linear>(other, _layout, 1, (_, _, _, _) => { })).Should().Throw<HeException>();
        FluentActions.Invoking(() => new ModuleTrainer<Sequential>(_module, _layout, 0, (_, _, _, _) => { })).Should().Throw<ArgumentOutOfRangeException>();
    }

    private ModuleTrainer<Sequential> Trainer(Sequential module, long seed) => new(module, _layout, 1, (trained, _, _, _) => Step(trained), seed);

    private static TrainingTask Task(int round = 1) => new(round, new TrainingSettings(), WeightLimit: 100);

    private static void Step(Sequential module)
    {
        using optim.Optimizer optimizer = optim.SGD(module.parameters(), 0.5);
        using Tensor loss = module.call(rand(8, 3)).square().sum();
        loss.backward();
        optimizer.step();
    }

    private static double[] Flat(LocalTrainingResult result)
    {
        var flat = new double[result.Parameters.Layout.ParameterCount];
        result.Parameters.CopyFlatTo(0, flat);
        return flat;
    }

    private bool[] Modes() => [.. _module.modules().Prepend(_module).Select(part => part.training)];

    private Dictionary<string, float[]> Values() => _module.state_dict().ToDictionary(
        entry => entry.Key, entry => entry.Value.detach().to_type(ScalarType.Float32).data<float>().ToArray());

    private sealed class Reports(List<double> values) : IProgress<double>
    {
        public void Report(double value) => values.Add(value);
    }
}
