using System.Buffers;
using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;
using FedHe.Crypto.Errors;
using FedHe.Crypto.Identities;
using FedHe.Crypto.Keys;
using FedHe.MLBridge.Identities;
using FedHe.Orchestration.Protection;

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

    /// <summary>Saves the identity under a protector.</summary>
    /// <param name="destination">Receives the bytes.</param>
    /// <param name="protector">Encrypts the signing key; a password, or the host's own key store.</param>
    /// <exception cref="InvalidOperationException">The signing key cannot be exported, because its store keeps it.</exception>
    public void Save(IBufferWriter<byte> destination, ISecretProtector protector)
    {
        byte[] secret = Key.Export();
        try
        {
            SealedObject.Write(SealedKind.ClientIdentity, Digest.None, Encoding.ASCII.GetBytes(Client.Value), secret, protector, destination);
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
    public static ClientIdentity Load(ReadOnlySpan<byte> source, ISecretProtector protector)
    {
        using PinnedBufferWriter secret = SealedObject.Open(
            SealedKind.ClientIdentity, Digest.None, source, protector, "client identity", out byte[] clear);
        string name = Encoding.ASCII.GetString(clear);
        return ClientId.IsValid(name) && SigningKey.TryImport(secret.WrittenSpan) is ECDsa key
            ? new ClientIdentity(new ClientId(name), key)
            : throw new HeFormatException(FormatError.Inconsistent, "client identity");
    }

    /// <summary>Loads an identity that was saved under a password.</summary>
    /// <param name="source">The bytes of exactly one identity.</param>
    /// <param name="password">The password.</param>
    /// <exception cref="HeFormatException">The bytes are no saved identity, or the password is wrong.</exception>
    public static ClientIdentity Load(ReadOnlySpan<byte> source, ReadOnlySpan<char> password)
    {
        using var protector = new PasswordProtector(password);
        return Load(source, protector);
    }

    /// <inheritdoc/>
    public void Dispose() => Key.Dispose();
}
