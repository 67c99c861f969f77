using System.Security.Cryptography;
using FedHe.Crypto.Random;
using FedHe.Orchestration.Errors;
using FedHe.Orchestration.Identities;

namespace FedHe.Orchestration.Keys;

/// <summary>
/// The grant cipher encrypts a secret key for the holder of one ephemeral key, with ECDH on P-256, HKDF-SHA-256 and
/// AES-256-GCM. Both parties' keys are used once, so the ciphertext stays secret even if a signing key leaks later.
/// </summary>
/// <remarks>
/// HKDF takes the shared point's x coordinate, with both public keys as salt. Source: the construction of ECIES; NIST
/// SP 800-56A section 6.1.2, RFC 5869, NIST SP 800-38D.
/// </remarks>
internal static class GrantCipher
{
    private const int NonceSize = 12;
    private const int TagSize = 16;
    private const int CipherKeySize = 32;

    /// <summary>
    /// The number of bytes by which a ciphertext is longer than its plaintext: the nonce and the tag, which precede it.
    /// </summary>
    public const int Overhead = NonceSize + TagSize;

    private static ReadOnlySpan<byte> Purpose => "FedHe key grant v1"u8;

    public static ECDiffieHellman CreateEphemeralKey() => ECDiffieHellman.Create(EllipticCurve.P256);

    /// <summary>Imports a saved ephemeral key, or returns null where the bytes are no key on P-256.</summary>
    public static ECDiffieHellman? TryImport(ReadOnlySpan<byte> pkcs8)
    {
        var key = ECDiffieHellman.Create();
        try
        {
            key.ImportPkcs8PrivateKey(pkcs8, out int read);
            if (read == pkcs8.Length && IsEphemeralKey(key.ExportSubjectPublicKeyInfo()))
            {
                return key;
            }
        }
        catch (CryptographicException)
        {
            // Not a key.
        }

        key.Dispose();
        return null;
    }

    /// <summary>Returns whether bytes are a public key on P-256 that is fit for a key agreement.</summary>
    public static bool IsEphemeralKey(ReadOnlySpan<byte> encoded)
    {
        bool isKey = EllipticCurve.TryImport(ECDiffieHellman.Create, encoded, out ECDiffieHellman? key);
        key?.Dispose();
        return isKey;
    }

    /// <summary>Encrypts a secret under a fresh nonce.</summary>
    /// <param name="sender">The sender's ephemeral key.</param>
    /// <param name="recipientKey">The recipient's ephemeral public key.</param>
    /// <param name="associatedData">Bytes that the ciphertext is bound to.</param>
    /// <param name="secret">The plaintext.</param>
    /// <returns>The nonce, the tag and the ciphertext.</returns>
    public static byte[] Encrypt(
        ECDiffieHellman sender, ReadOnlySpan<byte> recipientKey, ReadOnlySpan<byte> associatedData, ReadOnlySpan<byte> secret)
    {
        if (!EllipticCurve.TryImport(ECDiffieHellman.Create, recipientKey, out ECDiffieHellman? recipient))
        {
            throw Throw.NotAnEphemeralKey(nameof(recipientKey));
        }

        using (recipient)
        {
            byte[] salt = [.. sender.ExportSubjectPublicKeyInfo(), .. recipientKey];
            using AesGcm cipher = Agree(sender, recipient, salt);
            byte[] encrypted = new byte[Overhead + secret.Length];
            Span<byte> nonce = encrypted.AsSpan(0, NonceSize);
            HedgedRandom.FillPublic(nonce);
            cipher.Encrypt(nonce, secret, encrypted.AsSpan(Overhead), encrypted.AsSpan(NonceSize, TagSize), associatedData);
            return encrypted;
        }
    }

    /// <summary>Decrypts into <paramref name="secret"/>, and leaves it zeroed when the authentication fails.</summary>
    /// <param name="recipient">The recipient's ephemeral key.</param>
    /// <param name="senderKey">The sender's ephemeral public key; untrusted.</param>
    /// <param name="associatedData">Bytes that the ciphertext is bound to.</param>
    /// <param name="encrypted">The nonce, the tag and the ciphertext, at least <see cref="Overhead"/> bytes.</param>
    /// <param name="secret">Receives the plaintext; shorter than the input by <see cref="Overhead"/>.</param>
    public static bool TryDecrypt(
        ECDiffieHellman recipient,
        ReadOnlySpan<byte> senderKey,
        ReadOnlySpan<byte> associatedData,
        ReadOnlySpan<byte> encrypted,
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
                cipher.Decrypt(encrypted[..NonceSize], encrypted[Overhead..], encrypted[NonceSize..Overhead], secret, associatedData);
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
