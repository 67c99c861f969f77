using FedHe.MLBridge.Layout;
using FedHe.Orchestration.Client;
using FedHe.Orchestration.Job;

namespace FedHe.Privacy.Federation.Tests;

/// <summary>A trainer that moves every value by the same amount.</summary>
internal sealed class GradualTrainer(double move) : ILocalTrainer
{
    public long SampleCount => 100;

    /// <summary>The rounds that the trainer trained for, in order.</summary>
    public List<int> Rounds { get; } = [];

    public Task<LocalTrainingResult> TrainAsync(
        ModelParameters globalModel, TrainingTask task, IProgress<double>? progress, CancellationToken cancellationToken)
    {
        Rounds.Add(task.Round);
        double[] values = [.. globalModel.Get<double>("w").ToArray().Select(value => value + move)];
        return Task.FromResult(new LocalTrainingResult(ModelParameters.CreateBuilder(globalModel.Layout).Set<double>("w", values).Build()));
    }
}
