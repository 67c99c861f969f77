using FedHe.MLBridge.Layout;
using FedHe.Orchestration.Client;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Metrics;

namespace FedHe.Hosting.Clients;

/// <summary>A metric keeper is the trainer of a client that keeps what it measured last, until the upload of the training is at the server.</summary>
/// <remarks>It keeps nothing on the disk: what a process that was killed measured is lost, and the round does not depend on it.</remarks>
internal sealed class MetricKeeper(ILocalTrainer trainer) : ILocalTrainer
{
    private (int Round, int Attempt, RoundMetrics Metrics)? _latest;

    public long SampleCount => trainer.SampleCount;

    public async Task<LocalTrainingResult> TrainAsync(ModelParameters globalModel, TrainingTask task, IProgress<double>? progress, CancellationToken cancellationToken)
    {
        _latest = null;
        LocalTrainingResult result = await trainer.TrainAsync(globalModel, task, progress, cancellationToken).ConfigureAwait(false);
        if (result?.Metrics is RoundMetrics metrics)
        {
            _latest = (task.Round, task.Attempt, metrics);
        }

        return result!;
    }

    /// <summary>Returns the metrics of an attempt at a round once, or null where there are none.</summary>
    public RoundMetrics? Take(int round, int attempt)
    {
        RoundMetrics? metrics = _latest is { } latest && latest.Round == round && latest.Attempt == attempt ? latest.Metrics : null;
        _latest = null;
        return metrics;
    }
}
