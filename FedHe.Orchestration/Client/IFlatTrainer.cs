using FedHe.MLBridge.Layout;
using FedHe.Orchestration.Job;

namespace FedHe.Orchestration.Client;

/// <summary>A flat trainer trains a model of any size on a client's own data; a host implements it for a client whose models are in files.</summary>
public interface IFlatTrainer
{
    /// <summary>
    /// The number of samples that the client trains with, at least 1. The client announces it as its weight, before it
    /// trains; a change counts from the next announcement on.
    /// </summary>
    long SampleCount { get; }

    /// <summary>
    /// Trains a model, starting from the global model. Where it throws, the round goes on without this client, which takes part
    /// again once it has announced itself. Whatever the job's update kind, it returns the model after training; the client computes the
    /// difference where differences are encrypted.
    /// </summary>
    /// <param name="globalModel">The values of the model to start from, which can be read until the next model is opened. Buffers and local tensors are the trainer's own affair.</param>
    /// <param name="task">The hyperparameters and the weight limit.</param>
    /// <param name="progress">Receives the finished share, 0 to 1; may be null.</param>
    /// <param name="cancellationToken">Cancels the training; the round then continues without this client.</param>
    /// <returns>
    /// The model after training, of the same layout, such as an <see cref="MLBridge.ModelFiles.ModelFile"/>. It gives the same values until its round is over, because they are read several times, and once
    /// more for another attempt; the client disposes it then if it can be disposed. A client that is restored trains again.
    /// </returns>
    Task<IFlatModel> TrainAsync(IFlatModel globalModel, TrainingTask task, IProgress<double>? progress, CancellationToken cancellationToken);
}
