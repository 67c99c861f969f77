using FedHe.Learning.Data;
using FedHe.Learning.Models;
using FedHe.Learning.PrivateTraining;
using FedHe.MLBridge.Identities;
using FedHe.MLBridge.Layout;
using FedHe.Orchestration.Client;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Privacy;
using HospitalFedAvg.Data;
using HospitalFedAvg.Privacy;

namespace HospitalFedAvg.Federation;

/// <summary>
/// A private hospital trainer trains by local DP-SGD as the terms of the job say, so that every model that leaves the hospital protects each of its records
/// by the hospital's own noise, whoever else takes part. The client of the job counts the trainings, and stops before one that exceeds the budget.
/// </summary>
internal sealed class PrivateHospitalTrainer(ClientId hospital, Dataset share, Model architecture, ModelBridge bridge, bool hasNoisedCount, UpdateLog log) : ILocalTrainer
{
    /// <summary>The number of records, which the client adds noise to before it tells it, in a job of noised counts; 1 in others, where it would tell of the records.</summary>
    public long SampleCount => hasNoisedCount ? share.Count : 1;

    public Task<LocalTrainingResult> TrainAsync(
        ModelParameters globalModel, TrainingTask task, IProgress<double>? progress, CancellationToken cancellationToken)
    {
        PrivacyTerms terms = task.Privacy!;
        Model model = architecture.Clone();
        ModelBridge.Import(globalModel, model);
        BatchSampling sampling = TrainingPlan.SamplingOf(terms);
        var training = new LocalDpSgd(
            model,
            share,
            new LocalDpSgdOptions
            {
                Sampling = sampling,
                Clipping = PrivacyPlan.ClippingOf(terms),
                Divisor = task.NoisedCount is long count ? terms.SamplingRate * count : task.Training.BatchSize,
                LearningRate = (float)task.Training.LearningRate,
                ProximalTerm = (float)task.Training.ProximalMu,
                DegreeOfParallelism = Environment.ProcessorCount,
            },
            new HospitalNoise(terms));
        LocalDpSgdRecord done = training.Run(terms.Steps, cancellationToken);
        ModelParameters trained = bridge.Export(model, out int clamped);
        log.Record(hospital, new UpdateLog.Entry(trained, Math.Min(task.NoisedCount ?? 1, task.WeightLimit), clamped));
        return Task.FromResult(new LocalTrainingResult(trained)
        {
            Training = new RecordTraining(
                done.ClipNorm, terms.LogClipUnits, done.NoiseMultiplier, sampling is PoissonBatches poisson ? poisson.Rate : 1, done.Steps),
        });
    }
}
