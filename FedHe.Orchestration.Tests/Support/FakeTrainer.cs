using FedHe.MLBridge.Layout;
using FedHe.Orchestration.Client;
using FedHe.Orchestration.Job;

namespace FedHe.Orchestration.Tests.Support;

/// <summary>"Trains" by moving every value towards a target of its own, and remembers what it returned.</summary>
internal sealed class FakeTrainer(double target, long samples) : ILocalTrainer
{
    public List<(TrainingTask Task, LocalTrainingResult Result)> Results { get; } = [];

    /// <summary>Runs before training, for tests that fail or wait.</summary>
    public Func<TrainingTask, CancellationToken, Task>? Before { get; set; }

    public async Task<LocalTrainingResult> TrainAsync(
        ModelParameters globalModel, TrainingTask task, IProgress<double>? progress, CancellationToken cancellationToken)
    {
        if (Before is not null)
        {
            await Before(task, cancellationToken);
        }

        progress?.Report(0.5);
        ModelParameters trained = TestModel.Map(
            globalModel, (value, i) => value + (0.3 * (target + (0.01 * i) - value)), steps: samples);
        var result = new LocalTrainingResult(trained, samples);
        lock (Results)
        {
            Results.Add((task, result));
        }

        return result;
    }
}
