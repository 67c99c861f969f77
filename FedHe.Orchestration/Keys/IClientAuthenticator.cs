using FedHe.MLBridge.Identities;

namespace FedHe.Orchestration.Keys;

/// <summary>
/// Decides for the host who gets the secret key. The authority asks after it checked the client's signature against the roster.
/// </summary>
public interface IClientAuthenticator
{
    /// <summary>Decides whether the client may have the keys.</summary>
    /// <param name="client">The client.</param>
    /// <param name="credential">
    /// Bytes that the client sent along: a token, a ticket, nothing. Relays see them, so they should be good for one request only.
    /// </param>
    /// <param name="cancellationToken">Cancels the decision; nothing is granted then.</param>
    Task<bool> AuthenticateAsync(ClientId client, ReadOnlyMemory<byte> credential, CancellationToken cancellationToken);
}
