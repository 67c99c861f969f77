using System.Security.Cryptography;
using FedHe.Crypto.Keys;
using FedHe.Orchestration.Identities;

namespace FedHe.Orchestration.Keys;

/// <summary>
/// Seals bytes for the holder of one ephemeral key: ECDH on P-256, HKDF-SHA-256 over the shared point's x coordinate
/// with both public keys as salt, AES-256-GCM. Both keys are used once, so sealed bytes stay closed even when a
/// signing key leaks later.
/// </summary>
/// <remarks>Source: the construction of ECIES; NIST SP 800-56A section 6.1.2, RFC 5869, NIST SP 800-38D.</remarks>
internal static class KeySeal
{
    public const int EphemeralKeySize = EllipticCurve.EncodedLength;
    public const int NonceSize = 12;
    public const int TagSize = 16;
    private const int CipherKeySize = 32;

    private static ReadOnlySpan<byte> Purpose => "FedHe key grant v1"u8;

    public static ECDiffieHellman CreateEphemeralKey() => ECDiffieHellman.Create(EllipticCurve.P256);

    /// <summary>Whether bytes are a public key on P-256 that can be agreed with.</summary>
    public static bool IsEphemeralKey(ReadOnlySpan<byte> encoded)
    {
        bool isKey = EllipticCurve.TryImport(ECDiffieHellman.Create, encoded, out ECDiffieHellman? key);
        key?.Dispose();
        return isKey;
    }

    public static void Seal(
        ECDiffieHellman sender,
        ReadOnlySpan<byte> recipientKey,
        ReadOnlySpan<byte> associatedData,
        ReadOnlySpan<byte> secret,
        ReadOnlySpan<byte> nonce,
        Span<byte> tag,
        Span<byte> ciphertext)
    {
        if (!EllipticCurve.TryImport(ECDiffieHellman.Create, recipientKey, out ECDiffieHellman? recipient))
        {
            throw new ArgumentException("The recipient's bytes are not a key.", nameof(recipientKey));
        }

        using (recipient)
        {
            byte[] salt = [.. sender.ExportSubjectPublicKeyInfo(), .. recipientKey];
            using AesGcm cipher = Agree(sender, recipient, salt);
            cipher.Encrypt(nonce, secret, ciphertext, tag, associatedData);
        }
    }

    /// <summary>Opens sealed bytes into <paramref name="secret"/>; it is left zeroed when they do not authenticate.</summary>
    public static bool TryOpen(
        ECDiffieHellman recipient,
        ReadOnlySpan<byte> senderKey,
        ReadOnlySpan<byte> associatedData,
        ReadOnlySpan<byte> nonce,
        ReadOnlySpan<byte> tag,
        ReadOnlySpan<byte> ciphertext,
        Span<byte> secret)
    {
        if (!EllipticCurve.TryImport(ECDiffieHellman.Create, senderKey, out ECDiffieHellman? sender))
        {
            return false;
        }

        using (sender)
        {
            byte[] salt = [.. senderKey, .. recipient.ExportSubjectPublicKeyInfo()];
            using AesGcm cipher = Agree(recipient, sender, salt);
            try
            {
                cipher.Decrypt(nonce, ciphertext, tag, secret, associatedData);
                return true;
            }
            catch (AuthenticationTagMismatchException)
            {
                CryptographicOperations.ZeroMemory(secret);
                return false;
            }
        }
    }

    private static AesGcm Agree(ECDiffieHellman own, ECDiffieHellman other, ReadOnlySpan<byte> salt)
    {
        byte[] shared = own.DeriveRawSecretAgreement(other.PublicKey);
        Span<byte> key = stackalloc byte[CipherKeySize];
        try
        {
            HKDF.DeriveKey(HashAlgorithmName.SHA256, shared, key, salt, Purpose);
            return new AesGcm(key, TagSize);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(shared);
            CryptographicOperations.ZeroMemory(key);
        }
    }
}
