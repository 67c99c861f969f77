using FedHe.MLBridge.Identities;
using FedHe.Orchestration.Diagnostics;

namespace FedHe.Orchestration.Client;

/// <summary>A client reporter tells the host how far a client is, if the host wants to know.</summary>
/// <param name="progress">The host's progress, or null.</param>
/// <param name="client">The client.</param>
internal sealed class ClientReporter(IProgress<ClientProgress>? progress, ClientId client)
{
    private readonly SafeProgress<ClientProgress>? _progress = progress is null ? null : new SafeProgress<ClientProgress>(progress);

    /// <summary>Reports a phase that is over.</summary>
    public void Report(int round, ClientPhase phase, TimeSpan elapsed, long messageLength)
        => _progress?.Report(new ClientProgress(client, round, phase, Share: 1, elapsed, messageLength));

    /// <summary>Returns the progress of a training, or null where nobody wants to know.</summary>
    public IProgress<double>? OfTraining(int round) => _progress is null ? null : new TrainingProgress(_progress, client, round);

    /// <summary>Forwards a trainer's progress as the client's progress.</summary>
    private sealed class TrainingProgress(SafeProgress<ClientProgress> progress, ClientId client, int round) : IProgress<double>
    {
        public void Report(double value) => progress.Report(
            new ClientProgress(client, round, ClientPhase.Training, Math.Clamp(value, 0, 1), TimeSpan.Zero, MessageLength: 0));
    }
}
