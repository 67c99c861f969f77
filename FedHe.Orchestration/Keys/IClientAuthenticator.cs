using FedHe.Orchestration.Identities;

namespace FedHe.Orchestration.Keys;

/// <summary>
/// The host's say in who gets the secret key. It is asked after the client's signature was checked against the roster.
/// </summary>
public interface IClientAuthenticator
{
    /// <summary>Whether the client may have the keys.</summary>
    /// <param name="client">The client.</param>
    /// <param name="credential">
    /// What the client sent along: a token, a ticket, nothing. Relays see it, so it should be good for this one request.
    /// </param>
    /// <param name="cancellationToken">Cancels the decision; nothing is granted then.</param>
    Task<bool> AuthenticateAsync(ClientId client, ReadOnlyMemory<byte> credential, CancellationToken cancellationToken);
}
