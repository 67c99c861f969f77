using FedHe.MLBridge.Layout;
using FedHe.Orchestration.Client;
using FedHe.Orchestration.Job;
using FedHe.Tool.Output;

namespace FedHe.Tool.Training;

/// <summary>Stands where a command does not train.</summary>
internal sealed class NoTrainer(long samples) : ILocalTrainer
{
    public long SampleCount { get; } = samples;

    public Task<LocalTrainingResult> TrainAsync(ModelParameters globalModel, TrainingTask task, IProgress<double>? progress, CancellationToken cancellationToken)
        => throw ToolException.TryAgain("An invitation waits for a trained model. Run 'fedhe train' or 'fedhe encrypt'.");
}
