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

    public Task<LocalTrainingResult> TrainAsync(
        ModelParameters globalModel, TrainingTask task, IProgress<double>? progress, CancellationToken cancellationToken)
    {
        PrivacyTerms terms = task.Privacy!;
        long[] sum = [.. Enumerable.Repeat(gradient * records, globalModel.Layout.ParameterCount)];
        if (terms.Form == RecordProtection.DistributedGradient)
        {
            return Task.FromResult(new LocalTrainingResult(globalModel) { Gradient = new GradientSum(sum, terms.Clip, terms.LogClipUnits) });
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
