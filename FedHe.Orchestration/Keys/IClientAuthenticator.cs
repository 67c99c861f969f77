using FedHe.MLBridge.Identities;

namespace FedHe.Orchestration.Keys;

/// <summary>
/// A client authenticator decides for the host who gets the secret key. The authority asks it after verifying the
/// client's signature against the roster.
/// </summary>
public interface IClientAuthenticator
{
    /// <summary>Decides whether a client may have the keys.</summary>
    /// <param name="client">The client.</param>
    /// <param name="credential">
    /// The bytes that the client sent along, such as a token or a ticket; may be empty. Relays see them, so they should
    /// be valid for one request only.
    /// </param>
    /// <param name="cancellationToken">Cancels the decision; no key is granted then.</param>
    Task<bool> AuthenticateAsync(ClientId client, ReadOnlyMemory<byte> credential, CancellationToken cancellationToken);
}
