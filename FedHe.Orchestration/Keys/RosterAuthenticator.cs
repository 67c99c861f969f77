using FedHe.Orchestration.Identities;

namespace FedHe.Orchestration.Keys;

/// <summary>Asks nothing beyond the signature: whoever is on the roster gets the keys.</summary>
public sealed class RosterAuthenticator : IClientAuthenticator
{
    /// <inheritdoc/>
    public Task<bool> AuthenticateAsync(ClientId client, ReadOnlyMemory<byte> credential, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return Task.FromResult(true);
    }
}
