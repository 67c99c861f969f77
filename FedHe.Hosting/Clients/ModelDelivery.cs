using FedHe.Hosting.Diagnostics;
using FedHe.Orchestration.Client;
using FedHe.Orchestration.Job;
using Microsoft.Extensions.Logging;

namespace FedHe.Hosting.Clients;

/// <summary>
/// Gives each model of a client to the application: when it is new, when it may be released, and when the job has ended with it. A receiver
/// that throws gets the model again, and after a restart every receiver gets the newest one once more.
/// </summary>
internal sealed class ModelDelivery(IReadOnlyList<ModelReceiver> receivers, ILogger logger)
{
    private (int Round, ModelRelease Release, FederationOutcome? Outcome) _delivered = (0, ModelRelease.MayBePublished, null);

    /// <summary>Gives the newest model to the receivers that lack it. Returns whether they all have it.</summary>
    public async Task<bool> DeliverAsync(FederationClient client, CancellationToken cancellationToken)
    {
        var model = new FederatedModel(client.ModelRound, client.Model, client.LatestSummary?.ErrorBounds.Max() ?? 0, client.Release, client.Outcome);
        if (_delivered == (model.Round, model.Release, model.Outcome))
        {
            return true;
        }

        try
        {
            // Composing all sums takes long, so it is done for a model that somebody gets.
            model = model with { Privacy = client.Privacy };
            foreach (ModelReceiver receiver in receivers)
            {
                await receiver(model, cancellationToken).ConfigureAwait(false);
            }
        }
        catch (Exception fault) when (fault is not OperationCanceledException || !cancellationToken.IsCancellationRequested)
        {
            Log.ReceiverFailed(logger, client.Client, fault.GetType().Name, model.Round);
            return false;
        }

        if (model.Outcome is FederationOutcome outcome && _delivered.Outcome is null)
        {
            Log.JobEnded(logger, client.Client, outcome);
        }

        _delivered = (model.Round, model.Release, model.Outcome);
        return true;
    }
}

/// <summary>A model receiver gets the models of a client in the application.</summary>
/// <param name="model">The model.</param>
/// <param name="cancellationToken">Canceled when the host stops.</param>
public delegate Task ModelReceiver(FederatedModel model, CancellationToken cancellationToken);
