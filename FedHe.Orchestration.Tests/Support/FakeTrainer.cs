using FedHe.MLBridge.Layout;
using FedHe.Orchestration.Client;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Privacy;

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

    /// <summary>Changes what the trainer says it did, for tests of trainers that break the terms of a job.</summary>
    public Func<LocalTrainingResult, LocalTrainingResult> Report { get; set; } = result => result;

    /// <summary>Trains a model of another layout than <see cref="TestModel"/>; null for that one.</summary>
    public Func<ModelParameters, TrainingTask, ModelParameters>? Train { get; set; }

    public async Task<LocalTrainingResult> TrainAsync(
        ModelParameters globalModel, TrainingTask task, IProgress<double>? progress, CancellationToken cancellationToken)
    {
        if (Before is not null)
        {
            await Before(task, cancellationToken);
        }

        progress?.Report(0.5);
        ModelParameters trained = Train?.Invoke(globalModel, task) ?? TestModel.Map(
            globalModel, (value, i) => value + (0.3 * (target + (ShiftPerAttempt * task.Attempt) + (0.01 * i) - value)), steps: samples);
        lock (Results)
        {
            Results.Add((task, new TrainedModel(trained, samples)));
        }

        return Report(task.Privacy switch
        {
            { Form: RecordProtection.DistributedGradient } terms => new LocalTrainingResult(globalModel) { Gradient = SumOf(globalModel, terms) with { Part = task.Part } },
            { Form: RecordProtection.LocalDpSgd } terms => new LocalTrainingResult(trained)
            {
                Training = new RecordTraining(terms.Clip, terms.LogClipUnits, terms.NoiseMultiplier, terms.SamplingRate, terms.Steps),
            },
            _ => new LocalTrainingResult(trained),
        });
    }

    private GradientSum SumOf(ModelParameters model, PrivacyTerms terms)
    {
        long[] units = [.. Enumerable.Range(0, model.Layout.ToArrayLength()).Select(i => samples * (i + 1))];
        return new GradientSum(units, terms.Clip, terms.LogClipUnits);
    }
}

/// <summary>A model that a fake trainer returned, with its number of samples.</summary>
internal sealed record TrainedModel(ModelParameters Parameters, long SampleCount);
