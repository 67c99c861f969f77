using FedHe.MLBridge.Identities;
using FedHe.Orchestration.Job;

namespace FedHe.Orchestration.Strategies;

/// <summary>
/// Decides, from metadata alone, which clients train for a round, how, and with what weight at most. A strategy never
/// sees parameters: they are encrypted where the strategy runs. A strategy has no state, so that a resumed server decides the same.
/// </summary>
public interface IAggregationStrategy
{
    /// <summary>The name that a job refers to.</summary>
    string Name { get; }

    /// <summary>Checks that a job's settings make sense to the strategy.</summary>
    /// <exception cref="ArgumentException">The settings make no sense; the message says why.</exception>
    void Validate(FederationSettings settings);

    /// <summary>Selects the clients of a round.</summary>
    /// <param name="job">The job.</param>
    /// <param name="round">The round, from 1.</param>
    /// <param name="attempt">The attempt at the round, from 1.</param>
    /// <param name="available">The available clients, sorted; at least the job's quorum.</param>
    /// <param name="sampler">Draws clients.</param>
    IReadOnlyList<ClientId> SelectClients(
        FederationJob job, int round, int attempt, IReadOnlyList<ClientId> available, IClientSampler sampler);

    /// <summary>Describes what a selected client is asked to do. The server lowers the weight limit to the largest weight of the terms.</summary>
    /// <param name="job">The job.</param>
    /// <param name="round">The round, from 1.</param>
    /// <param name="client">The client.</param>
    TrainingTask CreateTask(FederationJob job, int round, ClientId client);
}
