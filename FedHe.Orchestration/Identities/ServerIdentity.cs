using System.Buffers;
using System.Diagnostics;
using System.Security.Cryptography;
using FedHe.Crypto.Errors;
using FedHe.Crypto.Identities;
using FedHe.Crypto.Keys;
using FedHe.Orchestration.Protection;

namespace FedHe.Orchestration.Identities;

/// <summary>
/// A server identity is the ECDSA P-256 key that signs a server's messages. The job names its public half, so that
/// clients take messages from this server alone. It is thread-safe, and may serve several jobs.
/// </summary>
/// <remarks>
/// A server that must survive a restart keeps its key: save the identity with <see cref="Save(IBufferWriter{byte},
/// ISecretProtector)"/>, or pass a key from a key store to the constructor each time. A server with another key cannot go on
/// with the job.
/// </remarks>
/// <example>
/// <code>
/// // byte[] stored: what Save wrote before the restart.
/// using var identity = ServerIdentity.Load(stored, password);
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

    /// <summary>Saves the identity under a protector.</summary>
    /// <param name="destination">Receives the bytes.</param>
    /// <param name="protector">Encrypts the signing key; a password, or the host's own key store.</param>
    /// <exception cref="InvalidOperationException">The signing key cannot be exported, because its store keeps it.</exception>
    public void Save(IBufferWriter<byte> destination, ISecretProtector protector)
    {
        byte[] secret = Key.Export();
        try
        {
            SealedObject.Write(SealedKind.ServerIdentity, Digest.None, [], secret, protector, destination);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(secret);
        }
    }

    /// <summary>Saves the identity under a password.</summary>
    /// <param name="destination">Receives the bytes.</param>
    /// <param name="password">The password, at least 12 characters.</param>
    /// <exception cref="InvalidOperationException">The signing key cannot be exported, because its store keeps it.</exception>
    public void Save(IBufferWriter<byte> destination, ReadOnlySpan<char> password)
    {
        using var protector = new PasswordProtector(password);
        Save(destination, protector);
    }

    /// <summary>Loads a saved identity.</summary>
    /// <param name="source">The bytes of exactly one identity.</param>
    /// <param name="protector">The protector that it was saved under.</param>
    /// <exception cref="HeFormatException">The bytes are no saved identity, or the protector does not open them.</exception>
    public static ServerIdentity Load(ReadOnlySpan<byte> source, ISecretProtector protector)
    {
        using PinnedBufferWriter secret = SealedObject.Open(
            SealedKind.ServerIdentity, Digest.None, source, protector, "server identity", out byte[] clear);
        return clear.Length == 0 && SigningKey.TryImport(secret.WrittenSpan) is ECDsa key
            ? new ServerIdentity(key)
            : throw new HeFormatException(FormatError.Inconsistent, "server identity");
    }

    /// <summary>Loads an identity that was saved under a password.</summary>
    /// <param name="source">The bytes of exactly one identity.</param>
    /// <param name="password">The password.</param>
    /// <exception cref="HeFormatException">The bytes are no saved identity, or the password is wrong.</exception>
    public static ServerIdentity Load(ReadOnlySpan<byte> source, ReadOnlySpan<char> password)
    {
        using var protector = new PasswordProtector(password);
        return Load(source, protector);
    }

    /// <inheritdoc/>
    public void Dispose() => Key.Dispose();
}
