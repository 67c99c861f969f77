using FedHe.MLBridge.Layout;
using FedHe.Orchestration.Client;
using FedHe.Orchestration.Job;

namespace FedHe.Orchestration.Tests.Support;

/// <summary>"Trains" by moving every value towards a target of its own, and remembers what it returned.</summary>
internal sealed class FakeTrainer(double target, long samples) : ILocalTrainer
{
    public long SampleCount => samples;

    public List<(TrainingTask Task, TrainedModel Result)> Results { get; } = [];

    /// <summary>How much the target moves with each attempt, as results of training anew differ.</summary>
    public double ShiftPerAttempt { get; set; }

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
            globalModel, (value, i) => value + (0.3 * (target + (ShiftPerAttempt * task.Attempt) + (0.01 * i) - value)), steps: samples);
        lock (Results)
        {
            Results.Add((task, new TrainedModel(trained, samples)));
        }

        return new LocalTrainingResult(trained);
    }
}

/// <summary>A model that a fake trainer returned, with its number of samples.</summary>
internal sealed record TrainedModel(ModelParameters Parameters, long SampleCount);
