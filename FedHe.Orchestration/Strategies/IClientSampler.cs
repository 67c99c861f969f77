using FedHe.MLBridge.Identities;

namespace FedHe.Orchestration.Strategies;

/// <summary>Draws the clients of a round.</summary>
public interface IClientSampler
{
    /// <summary>Draws clients without repetition, each subset equally likely.</summary>
    /// <param name="round">The round, from 1.</param>
    /// <param name="attempt">The attempt at the round, from 1.</param>
    /// <param name="candidates">The available clients, sorted.</param>
    /// <param name="count">How many to draw, at most the number of candidates.</param>
    IReadOnlyList<ClientId> Sample(int round, int attempt, IReadOnlyList<ClientId> candidates, int count);
}
