using FedHe.MLBridge.Identities;

namespace FedHe.Orchestration.Keys;

/// <summary>
/// A roster authenticator demands nothing beyond the signature: every client on the roster gets the keys.
/// </summary>
public sealed class RosterAuthenticator : IClientAuthenticator
{
    /// <inheritdoc/>
    public Task<bool> AuthenticateAsync(ClientId client, ReadOnlyMemory<byte> credential, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return Task.FromResult(true);
    }
}
