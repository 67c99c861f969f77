using System.Buffers;
using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;
using FedHe.Crypto.Errors;
using FedHe.Crypto.Identities;
using FedHe.Crypto.Keys;
using FedHe.MLBridge.Identities;
using FedHe.Orchestration.Errors;
using FedHe.Orchestration.Protection;

namespace FedHe.Orchestration.Identities;

/// <summary>
/// An administrator identity is the name of an administrator of a key authority, with the ECDSA P-256 key that signs the administrator's approvals. It is thread-safe.
/// </summary>
[DebuggerDisplay("{Name}")]
public sealed class AdministratorIdentity : IDisposable
{
    /// <summary>The length of the longest name: 64.</summary>
    public const int MaxNameLength = ClientId.MaxLength;

    private const string What = "administrator identity";

    /// <summary>Creates an identity from a signing key, which is disposed with the identity.</summary>
    /// <param name="name">The name, as the names of clients are.</param>
    /// <param name="signingKey">An ECDSA key on P-256.</param>
    /// <exception cref="ArgumentException">The name cannot be one, or the key is not on P-256.</exception>
    public AdministratorIdentity(string name, ECDsa signingKey)
    {
        if (!IsName(name))
        {
            throw Throw.NotAnAdministratorName(nameof(name));
        }

        Name = name;
        Key = new SigningKey(signingKey);
    }

    /// <summary>The name of the administrator.</summary>
    public string Name { get; }

    /// <summary>The public half of the signing key, which the authority knows.</summary>
    public VerificationKey VerificationKey => Key.VerificationKey;

    internal SigningKey Key { get; }

    /// <summary>Creates an identity with a fresh signing key.</summary>
    /// <param name="name">The name.</param>
    /// <exception cref="ArgumentException">The name cannot be one.</exception>
    public static AdministratorIdentity Create(string name) => new(name, ECDsa.Create(EllipticCurve.P256));

    /// <summary>Tells whether a text can be the name of an administrator: 1 to 64 ASCII letters, digits, dots, hyphens and underscores.</summary>
    /// <param name="text">The text.</param>
    public static bool IsName(string? text) => ClientId.IsValid(text);

    /// <summary>Saves the identity under a protector.</summary>
    /// <param name="destination">Receives the bytes.</param>
    /// <param name="protector">Encrypts the signing key; a password, or the host's own key store.</param>
    /// <exception cref="InvalidOperationException">The signing key cannot be exported, because its store keeps it.</exception>
    public void Save(IBufferWriter<byte> destination, ISecretProtector protector)
    {
        byte[] secret = Key.Export();
        try
        {
            SealedObject.Write(SealedKind.AdministratorIdentity, Digest.None, Encoding.ASCII.GetBytes(Name), secret, protector, destination);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(secret);
        }
    }

    /// <summary>Loads a saved identity.</summary>
    /// <param name="source">The bytes of exactly one identity.</param>
    /// <param name="protector">The protector that it was saved under.</param>
    /// <exception cref="HeFormatException">The bytes are no saved identity, or the protector does not open them.</exception>
    public static AdministratorIdentity Load(ReadOnlySpan<byte> source, ISecretProtector protector)
    {
        using PinnedBufferWriter secret = SealedObject.Open(SealedKind.AdministratorIdentity, Digest.None, source, protector, What, out byte[] clear);
        string name = Encoding.ASCII.GetString(clear);
        return IsName(name) && SigningKey.TryImport(secret.WrittenSpan) is ECDsa key
            ? new AdministratorIdentity(name, key)
            : throw new HeFormatException(FormatError.Inconsistent, What);
    }

    /// <inheritdoc/>
    public void Dispose() => Key.Dispose();
}
