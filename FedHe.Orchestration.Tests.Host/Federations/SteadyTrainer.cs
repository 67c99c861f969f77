using FedHe.MLBridge.Layout;
using FedHe.Orchestration.Client;
using FedHe.Orchestration.Job;

namespace FedHe.Orchestration.Tests.Host.Federations;

/// <summary>
/// A steady trainer moves every value towards a target of its client. It is a function of the global model alone, so that runs
/// with the same contributors have the same averages.
/// </summary>
/// <param name="client">The name of the client, from which its target and its number of samples follow.</param>
/// <param name="whileTraining">Runs in the middle of a training; may be null.</param>
public sealed class SteadyTrainer(string client, Action? whileTraining = null) : ILocalTrainer
{
    private readonly int _number = 1 + PartyNames.AllClients.ToList().IndexOf(client);

    /// <inheritdoc/>
    public long SampleCount => 10 * _number;

    /// <summary>The number of trainings since <see cref="Forget"/>.</summary>
    public int Trainings { get; private set; }

    /// <summary>Begins to count anew.</summary>
    public void Forget() => Trainings = 0;

    /// <summary>Computes the model after training, whose values differ from two global models by less than these do.</summary>
    public ModelParameters Train(ModelParameters globalModel)
    {
        ArgumentNullException.ThrowIfNull(globalModel);
        double[] values = SmallModel.ValuesOf(globalModel);
        for (int i = 0; i < values.Length; i++)
        {
            values[i] += 0.3 * ((0.2 * _number) + (0.01 * i) - values[i]);
        }

        return SmallModel.Of(values, globalModel.Get<long>("steps")[0] + SampleCount);
    }

    /// <inheritdoc/>
    public Task<LocalTrainingResult> TrainAsync(
        ModelParameters globalModel, TrainingTask task, IProgress<double>? progress, CancellationToken cancellationToken)
    {
        whileTraining?.Invoke();
        Trainings++;
        return Task.FromResult(new LocalTrainingResult(Train(globalModel)));
    }
}
