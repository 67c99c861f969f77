using FedHe.Orchestration.Identities;

namespace FedHe.Orchestration.Client;

/// <summary>Turns a trainer's progress into the client's.</summary>
internal sealed class TrainingReporter(IProgress<ClientProgress> progress, ClientId client, int round) : IProgress<double>
{
    public void Report(double value) => progress.Report(
        new ClientProgress(client, round, ClientPhase.Training, Math.Clamp(value, 0, 1), TimeSpan.Zero, MessageLength: 0));
}
