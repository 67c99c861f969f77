using FedHe.MLBridge.Identities;

namespace FedHe.Orchestration.Strategies;

/// <summary>A client sampler draws the clients of a round.</summary>
public interface IClientSampler
{
    /// <summary>Draws clients without repetition, with the same probability for each subset.</summary>
    /// <param name="round">The round, from 1.</param>
    /// <param name="attempt">The attempt at the round, from 1.</param>
    /// <param name="candidates">The available clients, sorted.</param>
    /// <param name="count">The number of clients to draw, at most the number of candidates.</param>
    IReadOnlyList<ClientId> Sample(int round, int attempt, IReadOnlyList<ClientId> candidates, int count);
}
