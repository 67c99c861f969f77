using FedHe.Crypto;
using FedHe.Crypto.Ckks;
using FedHe.MLBridge.Controls;
using FedHe.MLBridge.Identities;
using FedHe.MLBridge.Layout;
using FedHe.MLBridge.Updates;
using FedHe.Orchestration.Client;
using FedHe.Orchestration.Errors;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Transport;
using FedHe.TorchSharp.State;
using FedHe.TorchSharp.Tests.Support;
using FedHe.TorchSharp.Training;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace FedHe.TorchSharp.Tests.Training;

/// <summary>Training loops that correct their gradients as SCAFFOLD does.</summary>
public sealed class CorrectedStepsTests : IDisposable
{
    private const double StepSize = 0.125;
    private const int Steps = 5;

    private readonly OneParameter _module = new(new Parameter(zeros(3)));
    private readonly ModuleLayout _layout;
    private readonly ModelParameters _global;

    public CorrectedStepsTests()
    {
        _layout = ModuleLayout.Of(_module, 8);
        using var other = new OneParameter(new Parameter(tensor(new float[] { 1, -2, 0.5f })));
        _global = _layout.Read(other);
    }

    public void Dispose() => _module.Dispose();

    [TorchFact]
    public async Task Correct_EachStep_GoesDownTheCorrectedGradient()
    {
        float[] correction = [0.25f, -1, 3];
        ModuleTrainer<OneParameter> trainer = Trainer([2, 2, 2]);

        LocalTrainingResult result = await trainer.TrainAsync(_global, Task() with { Correction = Correction(correction) }, null, default);

        // The gradient of the loss is the value minus its target.
        float[] expected = [1, -2, 0.5f];
        for (int step = 0; step < Steps; step++)
        {
            for (int i = 0; i < expected.Length; i++)
            {
                expected[i] -= (float)StepSize * (expected[i] - 2 + correction[i]);
            }
        }

        float[] trained = result.Parameters.Get<float>("value").ToArray();
        trained.Zip(expected, (one, other) => Math.Abs(one - other)).Max().Should().BeLessThan(1e-6f);
        result.TotalStep.Should().Be(Steps * StepSize);
    }

    [TorchFact]
    public async Task Correct_InAJobWithoutControlTerms_ChangesNothing()
    {
        LocalTrainingResult corrected = await Trainer([2, 2, 2]).TrainAsync(_global, Task(), null, default);
        LocalTrainingResult plain = await new ModuleTrainer<OneParameter>(_module, _layout, 1, (module, _, _, _) => Train(module, [2, 2, 2], null)).TrainAsync(_global, Task(), null, default);

        corrected.Parameters.Get<float>("value").ToArray().Should().Equal(plain.Parameters.Get<float>("value").ToArray());
        corrected.TotalStep.Should().BeNull("nobody asked");
    }

    [TorchFact]
    public async Task Correct_ParameterThatTheLossDoesNotDependOn_MovesByTheCorrection()
    {
        var trainer = new ModuleTrainer<OneParameter>(_module, _layout, 1, (module, _, steps, _, _) =>
        {
            using optim.Optimizer optimizer = optim.SGD(module.parameters(), StepSize);
            steps.Correct(StepSize);
            optimizer.step();
        });

        LocalTrainingResult result = await trainer.TrainAsync(_global, Task() with { Correction = Correction([8, 0, -8]) }, null, default);

        result.Parameters.Get<float>("value").ToArray().Should().Equal(0, -2, 1.5f);
    }

    [TorchFact]
    public async Task Loop_ThatCorrectsNoStep_IsRefusedAndLeavesTheModuleAsItWas()
    {
        var trainer = new ModuleTrainer<OneParameter>(_module, _layout, 1, (module, _, _, _, _) => Train(module, [2, 2, 2], null));

        Func<Task> training = () => trainer.TrainAsync(_global, Task() with { Correction = Correction([0, 0, 0]) }, null, default);

        (await training.Should().ThrowAsync<CorrectionMissingException>()).WithMessage("*Correct*");
        _module.Value.data<float>().ToArray().Should().Equal(0, 0, 0);
    }

    [TorchFact]
    public async Task Correct_OutsideItsLoopOrWithAStepThatIsNone_IsRefused()
    {
        CorrectedSteps? kept = null;
        var trainer = new ModuleTrainer<OneParameter>(_module, _layout, 1, (_, _, steps, _, _) =>
        {
            kept = steps;
            foreach (double wrong in (double[])[0, -1, double.NaN, double.PositiveInfinity])
            {
                FluentActions.Invoking(() => steps.Correct(wrong)).Should().Throw<ArgumentOutOfRangeException>();
            }

            steps.TotalStep.Should().Be(0);
            steps.Correct(StepSize);
        });

        await trainer.TrainAsync(_global, Task() with { Correction = Correction([0, 0, 0]) }, null, default);

        FluentActions.Invoking(() => kept!.Correct(StepSize)).Should().Throw<InvalidOperationException>();
    }

    /// <summary>Four clients with other targets, five steps a round: the uniform mean of the targets is where averages of drifting clients do not come to rest.</summary>
    [TorchFact]
    public async Task Federation_OfClientsThatDrift_ComesToTheMinimumOfAll()
    {
        float[][] targets = [[1, 0, 0], [0, 1, 0], [0, 0, 1], [3, 3, 3]];
        double[] curvatures = [1, 4, 0.5, 2];
        OneParameter[] modules = [.. targets.Select(_ => new OneParameter(new Parameter(zeros(3))))];
        using HeContext he = new CkksScheme().CreateContext();
        using InProcessFederation federation = await InProcessFederation.CreateAsync(new InProcessFederationSetup
        {
            Context = he,
            Terms = new AggregationTerms(_layout.Layout, Weighting.Clear, maxWeight: 1),
            Update = new UpdateTerms(UpdateKind.Difference, controls: new ControlTerms(bound: 64)),
            Settings = new FederationSettings { Rounds = 40, ClientsPerRound = 4, Quorum = 4, MinimumContributors = 4 },
            InitialModel = _global,
            MaxConcurrentClients = 1,
            Trainers = Enumerable.Range(0, 4).ToDictionary(
                i => new ClientId($"client-{i}"),
                i => (ILocalTrainer)new ModuleTrainer<OneParameter>(modules[i], _layout, 1, (module, _, steps, _, _) => Train(module, targets[i], steps, curvatures[i]))),
        });

        await foreach (RoundResult round in federation.RunAsync())
        {
            round.Model.Should().NotBeNull();
        }

        federation.Failures.Should().BeEmpty();
        float[] reached = federation.Clients.First().GlobalModel.Get<float>("value").ToArray();
        for (int i = 0; i < 3; i++)
        {
            double minimum = targets.Zip(curvatures, (target, curvature) => target[i] * curvature).Sum() / curvatures.Sum();
            reached[i].Should().BeApproximately((float)minimum, 1e-3f);
        }

        Array.ForEach(modules, module => module.Dispose());
    }

    private static void Train(OneParameter module, float[] target, CorrectedSteps? steps, double curvature = 1)
    {
        using optim.Optimizer optimizer = optim.SGD(module.parameters(), StepSize);
        for (int step = 0; step < Steps; step++)
        {
            optimizer.zero_grad();
            (curvature / 2 * (module.Value - tensor(target)).square().sum()).backward();
            steps?.Correct(StepSize);
            optimizer.step();
        }
    }

    private static TrainingTask Task() => new(1, new TrainingSettings(), 10);

    private ModuleTrainer<OneParameter> Trainer(float[] target) => new(_module, _layout, 1, (module, _, steps, _, _) => Train(module, target, steps));

    private GradientCorrection Correction(float[] values) => new(_layout.Layout, ControlVariate.TryCreate(values)!, ControlVariate.Zero(3));
}
