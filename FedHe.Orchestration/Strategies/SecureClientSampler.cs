using System.Security.Cryptography;
using FedHe.MLBridge.Identities;

namespace FedHe.Orchestration.Strategies;

/// <summary>
/// A secure client sampler draws clients with the operating system's randomness, so that nobody can foresee the
/// selection.
/// </summary>
public sealed class SecureClientSampler : IClientSampler
{
    /// <inheritdoc/>
    public IReadOnlyList<ClientId> Sample(int round, int attempt, IReadOnlyList<ClientId> candidates, int count)
        => PartialShuffle.Draw(candidates, count, RandomNumberGenerator.GetInt32);
}
