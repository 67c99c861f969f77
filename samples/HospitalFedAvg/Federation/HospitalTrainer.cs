using FedHe.Learning.Data;
using FedHe.Learning.Models;
using FedHe.Learning.Training;
using FedHe.MLBridge.Identities;
using FedHe.MLBridge.Layout;
using FedHe.Orchestration.Client;
using FedHe.Orchestration.Job;
using HospitalFedAvg.Data;

namespace HospitalFedAvg.Federation;

/// <summary>A hospital trainer trains the shared model on samples that never leave the hospital.</summary>
internal sealed class HospitalTrainer(
    ClientId hospital, Dataset share, Model architecture, ModelBridge bridge, long weight, int seed, UpdateLog log) : ILocalTrainer
{
    private const float Momentum = 0.9f;

    public long SampleCount => weight;

    public Task<LocalTrainingResult> TrainAsync(
        ModelParameters globalModel, TrainingTask task, IProgress<double>? progress, CancellationToken cancellationToken)
    {
        Model model = architecture.Clone();
        ModelBridge.Import(globalModel, model);
        Trainer.Train(
            model,
            share,
            new TrainingOptions
            {
                Epochs = task.Training.LocalEpochs,
                BatchSize = task.Training.BatchSize,
                LearningRate = (float)task.Training.LearningRate,
                Momentum = Momentum,
                ProximalTerm = (float)task.Training.ProximalMu,
                Seed = seed + task.Round,
                DegreeOfParallelism = Environment.ProcessorCount,
            },
            cancellationToken);
        ModelParameters trained = bridge.Export(model, out int clamped);
        log.Record(hospital, new UpdateLog.Entry(trained, Math.Min(weight, task.WeightLimit), clamped));
        return Task.FromResult(new LocalTrainingResult(trained));
    }
}
