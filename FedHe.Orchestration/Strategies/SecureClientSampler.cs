using System.Security.Cryptography;
using FedHe.MLBridge.Identities;

namespace FedHe.Orchestration.Strategies;

/// <summary>Draws clients with the operating system's randomness: nobody can foresee who is selected.</summary>
public sealed class SecureClientSampler : IClientSampler
{
    /// <inheritdoc/>
    public IReadOnlyList<ClientId> Sample(int round, int attempt, IReadOnlyList<ClientId> candidates, int count)
        => PartialShuffle.Draw(candidates, count, RandomNumberGenerator.GetInt32);
}
