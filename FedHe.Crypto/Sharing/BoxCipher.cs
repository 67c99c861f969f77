using System.Security.Cryptography;
using FedHe.Crypto.Kernels.Memory;

namespace FedHe.Crypto.Sharing;

/// <summary>The box cipher encrypts one secret under the shared secrets of a key exchange, with HKDF-SHA-256 and AES-256-GCM.</summary>
/// <remarks>
/// <para>
/// HKDF takes the shared secrets, with the salt of the box, and binds a label, the key exchange, the header of the box and the public key of the
/// recipient, by their hash. It gives the key of the cipher and its nonce, so two boxes of different salts share neither.
/// </para>
/// Sources: RFC 5869; NIST SP 800-38D; the combination of two exchanges follows Barbosa et al., "X-Wing", ePrint 2024/039, with all
/// ciphertexts and keys bound, so that it needs no property of one exchange alone.
/// </remarks>
internal static class BoxCipher
{
    /// <summary>The largest number of bytes of shared secrets.</summary>
    public const int MaxSecretsSize = KemKey.SecretSizeInBytes + EllipticPoint.SecretSizeInBytes;

    private const int CipherKeySize = 32;
    private const int NonceSize = 12;

    private static ReadOnlySpan<byte> Label => "FedHe sealed box v1"u8;

    /// <summary>Encrypts into a box whose header and salt are written.</summary>
    public static void Encrypt(
        BoxPublicKey recipient, ReadOnlySpan<byte> secrets, ReadOnlySpan<byte> secret, ReadOnlySpan<byte> associatedData, Span<byte> box)
    {
        Span<byte> key = stackalloc byte[CipherKeySize + NonceSize];
        BoxLayout layout = BoxLayout.Of(recipient.Exchange);
        try
        {
            Derive(recipient, secrets, box, key);
            using var cipher = new AesGcm(key[..CipherKeySize], BoxLayout.TagSize);
            cipher.Encrypt(key[CipherKeySize..], secret, box[layout.Ciphertext], box[layout.Tag], associatedData);
        }
        finally
        {
            SecretMemory.Zero(key);
        }
    }

    /// <summary>Decrypts a box, and returns false where the authentication fails.</summary>
    public static bool TryDecrypt(
        BoxPublicKey recipient, ReadOnlySpan<byte> secrets, ReadOnlySpan<byte> box, ReadOnlySpan<byte> associatedData, Span<byte> secret)
    {
        Span<byte> key = stackalloc byte[CipherKeySize + NonceSize];
        BoxLayout layout = BoxLayout.Of(recipient.Exchange);
        try
        {
            Derive(recipient, secrets, box, key);
            using var cipher = new AesGcm(key[..CipherKeySize], BoxLayout.TagSize);
            cipher.Decrypt(key[CipherKeySize..], box[layout.Ciphertext], box[layout.Tag], secret, associatedData);
            return true;
        }
        catch (AuthenticationTagMismatchException)
        {
            return false;
        }
        finally
        {
            SecretMemory.Zero(key);
        }
    }

    private static void Derive(BoxPublicKey recipient, ReadOnlySpan<byte> secrets, ReadOnlySpan<byte> box, Span<byte> key)
    {
        BoxLayout layout = BoxLayout.Of(recipient.Exchange);
        Span<byte> info = stackalloc byte[Label.Length + SHA256.HashSizeInBytes];
        Label.CopyTo(info);
        Span<byte> transcript = [(byte)recipient.Exchange, .. box[layout.Header], .. recipient.Bytes.Span];
        SHA256.HashData(transcript, info[Label.Length..]);
        HKDF.DeriveKey(HashAlgorithmName.SHA256, secrets, key, box[layout.Salt], info);
    }
}
