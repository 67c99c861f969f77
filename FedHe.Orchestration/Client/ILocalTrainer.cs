using FedHe.MLBridge.Layout;
using FedHe.Orchestration.Job;

namespace FedHe.Orchestration.Client;

/// <summary>A local trainer trains a model on a client's own data; a host implements it.</summary>
public interface ILocalTrainer
{
    /// <summary>
    /// The number of samples that the client trains with, at least 1. The client announces it as its weight, before it
    /// trains; a change counts from the next announcement on. In a job with noised counts the client asks once, when it is
    /// created without a state, and announces the number with noise.
    /// </summary>
    long SampleCount { get; }

    /// <summary>
    /// Trains a model, starting from the global model. Where it throws, the round goes on without this client, which takes part
    /// again once it has announced itself. Whatever the job's update kind, it returns the model after training; the client computes the
    /// difference where differences are encrypted. In a job with control terms it adds the task's <see cref="TrainingTask.Correction"/> to its gradients, and returns <see cref="LocalTrainingResult.TotalStep"/>.
    /// </summary>
    /// <param name="globalModel">The model to start from; its buffers are the client's own, or the initial model's in a job with privacy terms. In a job with sparsification terms the client's residual is added to it.</param>
    /// <param name="task">The hyperparameters and the weight limit.</param>
    /// <param name="progress">Receives the finished share, 0 to 1; may be null.</param>
    /// <param name="cancellationToken">Cancels the training; the round then continues without this client.</param>
    Task<LocalTrainingResult> TrainAsync(
        ModelParameters globalModel, TrainingTask task, IProgress<double>? progress, CancellationToken cancellationToken);
}
