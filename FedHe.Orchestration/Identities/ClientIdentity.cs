using System.Diagnostics;
using System.Security.Cryptography;
using FedHe.MLBridge.Identities;

namespace FedHe.Orchestration.Identities;

/// <summary>
/// A client identity is a client's name with the ECDSA P-256 key that signs the client's messages. It is thread-safe.
/// </summary>
[DebuggerDisplay("{Client}")]
public sealed class ClientIdentity : IDisposable
{
    /// <summary>Creates an identity from a signing key, which is disposed with the identity.</summary>
    /// <param name="client">The client's name.</param>
    /// <param name="signingKey">An ECDSA key on P-256.</param>
    /// <exception cref="ArgumentException">The name is the default of its type, or the key is not on P-256.</exception>
    public ClientIdentity(ClientId client, ECDsa signingKey)
    {
        Client = new ClientId(client.Value);
        Key = new SigningKey(signingKey);
    }

    /// <summary>The name of the client.</summary>
    public ClientId Client { get; }

    /// <summary>The public half of the signing key, which the roster lists.</summary>
    public VerificationKey VerificationKey => Key.VerificationKey;

    internal SigningKey Key { get; }

    /// <summary>Creates an identity with a fresh signing key.</summary>
    public static ClientIdentity Create(ClientId client) => new(client, ECDsa.Create(EllipticCurve.P256));

    /// <inheritdoc/>
    public void Dispose() => Key.Dispose();
}
