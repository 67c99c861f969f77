using FedHe.MLBridge.Layout;
using FedHe.Orchestration.Client;
using FedHe.Orchestration.Job;

namespace FedHe.Tool.Training;

/// <summary>Takes a model that somebody trained before.</summary>
internal sealed class FileTrainer(string path, long samples) : ILocalTrainer
{
    public long SampleCount { get; } = samples;

    public Task<LocalTrainingResult> TrainAsync(ModelParameters globalModel, TrainingTask task, IProgress<double>? progress, CancellationToken cancellationToken)
    {
        LocalModel.RefuseCorrections(task);
        return Task.FromResult(new LocalTrainingResult(LocalModel.Read(path, globalModel.Layout)));
    }
}
