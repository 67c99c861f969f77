using FedHe.MLBridge.Layout;
using FedHe.Orchestration.Job;

namespace FedHe.Orchestration.Client;

/// <summary>Trains a model on a client's own data. A host implements it.</summary>
public interface ILocalTrainer
{
    /// <summary>Trains, starting from the global model.</summary>
    /// <param name="globalModel">The model to start from; its buffers are the client's own.</param>
    /// <param name="task">How to train.</param>
    /// <param name="progress">Receives the finished share, 0 to 1, or is null.</param>
    /// <param name="cancellationToken">Cancels the training; the round then goes on without this client.</param>
    Task<LocalTrainingResult> TrainAsync(
        ModelParameters globalModel, TrainingTask task, IProgress<double>? progress, CancellationToken cancellationToken);
}
