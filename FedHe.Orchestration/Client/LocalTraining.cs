using FedHe.MLBridge.Identities;
using FedHe.Orchestration.Diagnostics;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Messages;
using Microsoft.Extensions.Logging;

namespace FedHe.Orchestration.Client;

/// <summary>Local training is the training of a client for one invitation at a time, which newer messages of the server can overtake.</summary>
/// <param name="models">Trains, and keeps results.</param>
/// <param name="state">The client's state.</param>
/// <param name="client">The client.</param>
/// <param name="reporter">Reports progress.</param>
/// <param name="instruments">Measures.</param>
/// <param name="time">The clock that measures durations.</param>
/// <param name="logger">The log.</param>
internal sealed class LocalTraining(
    IClientModels models, ClientState state, ClientId client, ClientReporter reporter, Instruments instruments, TimeProvider time, ILogger logger)
{
    private RunningTraining? _running;

    /// <summary>Whether a training is in progress.</summary>
    public bool IsRunning => Volatile.Read(ref _running) is not null;

    /// <summary>Takes notice of a newer message, which the server signed, and returns whether it makes an upload for the training in progress pointless.</summary>
    public bool Notice(ServerMessage message) => Volatile.Read(ref _running)?.Notice(message) == true;

    /// <summary>Trains, and keeps the result.</summary>
    /// <returns>The result, or null where the training was overtaken; a result that serves the newer invitation is kept then.</returns>
    public async Task<TrainedResult?> TrainAsync(Invitation invitation, TrainingTask task, CancellationToken cancellationToken)
    {
        using var running = new RunningTraining(invitation, state.Server, cancellationToken);
        Volatile.Write(ref _running, running);
        try
        {
            int round = invitation.Slot.Round;
            Log.Training(logger, client, round, invitation.Slot.Attempt);
            using var phase = MeasuredPhase.Train(instruments, time, client, round);
            TrainedResult result = await models.TrainAsync(invitation, task, reporter.OfTraining(round), running.Token).ConfigureAwait(false);
            reporter.Report(round, ClientPhase.Trained, phase.Elapsed, messageLength: 0);
            running.Token.ThrowIfCancellationRequested();
            models.Keep(result);
            return running.IsOvertaken ? null : result;
        }
        catch (OperationCanceledException) when (running.IsOvertaken && !cancellationToken.IsCancellationRequested)
        {
            return null;
        }
        finally
        {
            Volatile.Write(ref _running, null);
        }
    }
}
