using FedHe.MLBridge.Layout;
using FedHe.Orchestration.Client;
using FedHe.Orchestration.Job;

namespace FedHe.Hosting.Clients;

/// <summary>A flat trainer guard wraps the file errors of a trainer, so that the host does not take them for errors of the client's own files.</summary>
internal sealed class FlatTrainerGuard(IFlatTrainer trainer) : IFlatTrainer
{
    public long SampleCount => trainer.SampleCount;

    public async Task<IFlatModel> TrainAsync(IFlatModel globalModel, TrainingTask task, IProgress<double>? progress, CancellationToken cancellationToken)
    {
        try
        {
            return await trainer.TrainAsync(globalModel, task, progress, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw new TrainerFailedException(fault);
        }
    }
}

/// <summary>The trainer of a client whose models are in files failed with a file of its own.</summary>
internal sealed class TrainerFailedException(Exception inner) : Exception("The trainer could not read or write a file.", inner);
