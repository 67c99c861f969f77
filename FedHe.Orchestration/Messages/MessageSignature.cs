using System.Security.Cryptography;
using FedHe.Crypto.Identities;
using FedHe.Orchestration.Identities;

namespace FedHe.Orchestration.Messages;

/// <summary>
/// A message signature ends every message that somebody signs: 64 bytes over the SHA-256 of the signer's label and all
/// bytes before the signature, but for the content of uploads and aggregates, whose digest is among these bytes.
/// </summary>
/// <remarks>
/// The bytes include kind and job, so no signature fits another kind or job; the label is the domain of one role, so no
/// signature of a role fits another role, even where two parties use one key.
/// </remarks>
internal static class MessageSignature
{
    public const int SizeInBytes = VerificationKey.SignatureSizeInBytes;

    /// <summary>Signs a message in place.</summary>
    /// <param name="bytes">The whole message; its last 64 bytes receive the signature.</param>
    /// <param name="message">The message that the bytes are of.</param>
    /// <param name="key">The signer's key.</param>
    public static void Write(Span<byte> bytes, FederationMessage message, SigningKey key)
        => Write(bytes, message.Signer, message.ContentLength, key);

    /// <summary>Signs bytes in place in a role.</summary>
    public static void Write(Span<byte> bytes, MessageSigner signer, int contentLength, SigningKey key)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        Hash(signer, Covered(bytes, contentLength), hash);
        key.SignHash(hash, bytes[^SizeInBytes..]);
    }

    /// <summary>
    /// Returns whether a message that was parsed from bytes ends with the signature of its signer's role under a key. This reads
    /// nothing of its content: see <see cref="FederationMessage.ContentLength"/>.
    /// </summary>
    public static bool Verifies(ReadOnlySpan<byte> bytes, FederationMessage message, VerificationKey key)
        => Verifies(bytes, message.Signer, message.ContentLength, key);

    /// <summary>Returns whether bytes end with the signature of a role under a key.</summary>
    public static bool Verifies(ReadOnlySpan<byte> bytes, MessageSigner signer, int contentLength, VerificationKey key)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        Hash(signer, Covered(bytes, contentLength), hash);
        return key.VerifyHash(hash, bytes[^SizeInBytes..]);
    }

    /// <summary>Returns the bytes of a signed message that its signature covers: all before its content and the signature.</summary>
    public static ReadOnlySpan<byte> Covered(ReadOnlySpan<byte> bytes, FederationMessage message)
        => Covered(bytes, message.ContentLength);

    /// <summary>Computes the digest that names a message in acknowledgements: of what its signature covers, and the signature.</summary>
    public static Digest DigestOf(ReadOnlySpan<byte> bytes, FederationMessage message)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(Covered(bytes, message));
        hash.AppendData(bytes[^SizeInBytes..]);
        return new Digest(hash.GetHashAndReset());
    }

    private static ReadOnlySpan<byte> Covered(ReadOnlySpan<byte> bytes, int contentLength) => bytes[..^(SizeInBytes + contentLength)];

    /// <summary>
    /// Computes SHA-256(label || bytes). A zero byte ends each label, so no label is the beginning of another.
    /// </summary>
    private static void Hash(MessageSigner signer, ReadOnlySpan<byte> bytes, Span<byte> hash)
    {
        ReadOnlySpan<byte> label = signer switch
        {
            MessageSigner.Client => "FedHe client message v1\0"u8,
            MessageSigner.Server => "FedHe server message v1\0"u8,
            MessageSigner.Authority => "FedHe authority message v1\0"u8,
            MessageSigner.Contributor => "FedHe contribution v1\0"u8,
            MessageSigner.Drawer => "FedHe committee draw v1\0"u8,
            MessageSigner.Planner => "FedHe epoch plan v1\0"u8,
            MessageSigner.Transferrer => "FedHe transfer v1\0"u8,
            MessageSigner.Reporter => "FedHe metrics v1\0"u8,
            MessageSigner.Administrator => "FedHe approval v1\0"u8,
            _ => throw new ArgumentOutOfRangeException(nameof(signer)),
        };
        using var sha256 = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        sha256.AppendData(label);
        sha256.AppendData(bytes);
        sha256.GetHashAndReset(hash);
    }
}
