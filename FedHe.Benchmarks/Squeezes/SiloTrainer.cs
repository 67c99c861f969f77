using FedHe.Benchmarks.Accuracy;
using FedHe.Learning.Data;
using FedHe.Learning.Models;
using FedHe.Learning.Training;
using FedHe.MLBridge.Layout;
using FedHe.Orchestration.Client;
using FedHe.Orchestration.Job;
using HospitalFedAvg.Data;

namespace FedHe.Benchmarks.Squeezes;

/// <summary>A silo trainer trains by stochastic gradient descent with momentum, one pass a round.</summary>
internal sealed class SiloTrainer(Dataset silo, AccuracySettings settings, ModelBridge bridge, int index) : ILocalTrainer
{
    private const float Momentum = 0.9f;

    public long SampleCount => silo.Count;

    public Task<LocalTrainingResult> TrainAsync(
        ModelParameters globalModel, TrainingTask task, IProgress<double>? progress, CancellationToken cancellationToken)
    {
        Model model = settings.InitialModel.Clone();
        ModelBridge.Import(globalModel, model);
        Trainer.Train(
            model,
            silo,
            new TrainingOptions
            {
                Epochs = task.Training.LocalEpochs,
                BatchSize = task.Training.BatchSize,
                LearningRate = (float)task.Training.LearningRate,
                Momentum = Momentum,
                Seed = (settings.Seed * 1_000_000) + (index * 1000) + task.Round,
                DegreeOfParallelism = settings.Threads,
            },
            cancellationToken);
        return Task.FromResult(new LocalTrainingResult(bridge.Export(model, out _)));
    }
}
