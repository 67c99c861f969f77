using System.Diagnostics;
using System.Security.Cryptography;

namespace FedHe.Orchestration.Identities;

/// <summary>
/// A server identity is the ECDSA P-256 key that signs a server's messages. The job names its public half, so that
/// clients take messages from this server alone. It is thread-safe, and may serve several jobs.
/// </summary>
/// <remarks>
/// A server that must survive a restart keeps its key: make an <see cref="ECDsa"/> key on P-256, store it with the
/// framework's export methods or in a key store, and pass it to the constructor each time. A server with another key
/// cannot go on with the job.
/// </remarks>
/// <example>
/// <code>
/// // byte[] stored: what ExportPkcs8PrivateKey of the same key returned before the restart.
/// var key = ECDsa.Create();
/// key.ImportPkcs8PrivateKey(stored, out _);
/// using var identity = new ServerIdentity(key);
/// </code>
/// </example>
[DebuggerDisplay("Server")]
public sealed class ServerIdentity : IDisposable
{
    /// <summary>Creates an identity from a signing key, which is disposed with the identity.</summary>
    /// <param name="signingKey">An ECDSA key on P-256.</param>
    /// <exception cref="ArgumentException">The key is not on P-256.</exception>
    public ServerIdentity(ECDsa signingKey) => Key = new SigningKey(signingKey);

    /// <summary>The public half of the signing key, which the job names.</summary>
    public VerificationKey VerificationKey => Key.VerificationKey;

    internal SigningKey Key { get; }

    /// <summary>Creates an identity with a fresh signing key.</summary>
    public static ServerIdentity Create() => new(ECDsa.Create(EllipticCurve.P256));

    /// <inheritdoc/>
    public void Dispose() => Key.Dispose();
}
