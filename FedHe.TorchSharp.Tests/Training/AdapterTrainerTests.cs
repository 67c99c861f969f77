using FedHe.MLBridge.Adapters;
using FedHe.MLBridge.Layout;
using FedHe.Orchestration.Client;
using FedHe.Orchestration.Job;
using FedHe.TorchSharp.State;
using FedHe.TorchSharp.Tests.Support;
using FedHe.TorchSharp.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace FedHe.TorchSharp.Tests.Training;

/// <summary>A loop that steps every parameter moves the half of adapters that the round moves, and no other.</summary>
public sealed class AdapterTrainerTests
{
    [TorchTheory]
    [InlineData(AdapterHalf.A)]
    [InlineData(AdapterHalf.B)]
    [InlineData(null)]
    public async Task TrainAsync_ARoundOfOneHalf_KeepsTheOtherBitForBit(AdapterHalf? moving)
    {
        using var module = new AdapterNetwork();
        ModuleLayout layout = ModuleLayout.Of(module, 8, new ModuleLayoutOptions { Frozen = FrozenParameters.Stay });
        layout.Layout.Tensors.Select(tensor => tensor.Name).Should().Equal(AdapterNetwork.A, AdapterNetwork.B);
        ModelParameters global = layout.Read(module);
        var trainer = new ModuleTrainer<AdapterNetwork>(module, layout, 1, Train, seed: 3);

        // Weight decay alone would move a half that gets no gradient.
        LocalTrainingResult result = await trainer.TrainAsync(global, new TrainingTask(1, new TrainingSettings(), 1) { Moving = moving }, null, default);

        IsMoved(AdapterNetwork.A).Should().Be(moving != AdapterHalf.B);
        IsMoved(AdapterNetwork.B).Should().Be(moving != AdapterHalf.A);
        (module.ParameterOf(AdapterNetwork.A).requires_grad && module.ParameterOf(AdapterNetwork.B).requires_grad).Should().BeTrue("the module is the client's");

        bool IsMoved(string name) => !result.Parameters.Get<float>(name).SequenceEqual(global.Get<float>(name));
    }

    private static void Train(AdapterNetwork module, TrainingTask task, IProgress<double> progress, CancellationToken cancellationToken)
    {
        using optim.Optimizer optimizer = optim.SGD(module.parameters(), learningRate: 0.1, momentum: 0.9, weight_decay: 0.1);
        for (int step = 0; step < 3; step++)
        {
            using DisposeScope scope = NewDisposeScope();
            optimizer.zero_grad();
            module.call(randn(5, 4)).square().sum().backward();
            optimizer.step();
        }
    }
}
