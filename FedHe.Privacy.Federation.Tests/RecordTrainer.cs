using FedHe.MLBridge.Layout;
using FedHe.Orchestration.Client;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Privacy;

namespace FedHe.Privacy.Federation.Tests;

/// <summary>A trainer whose records all have the same gradient, which it clips and treats as the terms of the job say.</summary>
/// <param name="gradient">The clipped gradient of one record in units of the grid, the same in every coordinate.</param>
/// <param name="records">The number of records.</param>
internal sealed class RecordTrainer(long gradient, int records) : ILocalTrainer
{
    public long SampleCount => records;

    /// <summary>Every task that the trainer was given, in order.</summary>
    public List<TrainingTask> Tasks { get; } = [];

    /// <summary>What the trainer makes of its sum of gradients before it returns it.</summary>
    public Func<GradientSum, GradientSum> Report { get; init; } = sum => sum;

    public Task<LocalTrainingResult> TrainAsync(
        ModelParameters globalModel, TrainingTask task, IProgress<double>? progress, CancellationToken cancellationToken)
    {
        PrivacyTerms terms = task.Privacy!;
        Tasks.Add(task);
        int used = Enumerable.Range(0, records).Count(place => task.Part?.Holds(place) != false);
        long[] sum = [.. Enumerable.Repeat(gradient * used, globalModel.Layout.ToArrayLength())];
        if (terms.Form == RecordProtection.DistributedGradient)
        {
            return Task.FromResult(new LocalTrainingResult(globalModel) { Gradient = Report(new GradientSum(sum, terms.Clip, terms.LogClipUnits) { Part = task.Part }) });
        }

        double[] values = globalModel.Get<double>("w").ToArray();
        var noise = LocalNoise.Of(terms);
        for (int step = 0; step < terms.Steps; step++)
        {
            long[] noisy = [.. sum];
            noise.AddTo(noisy, 1L << terms.LogClipUnits);
            for (int i = 0; i < values.Length; i++)
            {
                values[i] -= Math.ScaleB(noisy[i] * terms.Clip, -terms.LogClipUnits);
            }
        }

        return Task.FromResult(new LocalTrainingResult(ModelParameters.CreateBuilder(globalModel.Layout).Set<double>("w", values).Build())
        {
            Training = new RecordTraining(terms.Clip, terms.LogClipUnits, noise.NoiseMultiplier, terms.SamplingRate, terms.Steps),
        });
    }
}
