using FedHe.MLBridge.Identities;
using FedHe.Orchestration.Job;

namespace FedHe.Orchestration.Strategies;

/// <summary>
/// An aggregation strategy decides, from metadata alone, which clients train for a round, how, and with which largest
/// weight. It never sees parameters, which are encrypted at the server, and it has no state, so that a resumed server
/// decides the same. Server and clients each have the strategy that the job names.
/// </summary>
public interface IAggregationStrategy
{
    /// <summary>The name by which a job refers to the strategy.</summary>
    string Name { get; }

    /// <summary>Checks that a job's settings are valid for the strategy.</summary>
    /// <exception cref="ArgumentException">The settings are invalid; the message says why.</exception>
    void Validate(FederationSettings settings);

    /// <summary>Selects the clients of a round.</summary>
    /// <param name="job">The job.</param>
    /// <param name="round">The round, from 1.</param>
    /// <param name="attempt">The attempt at the round, from 1.</param>
    /// <param name="available">The available clients, sorted; at least the job's quorum.</param>
    /// <param name="sampler">The sampler that draws clients.</param>
    IReadOnlyList<ClientId> SelectClients(
        FederationJob job, int round, int attempt, IReadOnlyList<ClientId> available, IClientSampler sampler);

    /// <summary>
    /// Creates the task of a selected client. Server and client each compute it, and no message carries it: equal arguments
    /// must give equal tasks, on every machine and at any time. The weight limit is lowered to the largest weight of the
    /// terms.
    /// </summary>
    /// <param name="job">The job.</param>
    /// <param name="round">The round, from 1.</param>
    /// <param name="client">The client.</param>
    TrainingTask CreateTask(FederationJob job, int round, ClientId client);
}
