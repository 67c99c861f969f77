using System.Security.Cryptography;
using FedHe.Crypto.Keys;
using FedHe.Orchestration.Protection;

namespace FedHe.Orchestration.Tests.Host.Files;

/// <summary>
/// A key store protector is a host's own protector: AES-256-GCM under a key that the party's key store holds. It derives nothing
/// from a password, which would take most of the time of a process that lives for a few messages.
/// </summary>
public sealed class KeyStoreProtector(byte[] key) : ISecretProtector
{
    /// <summary>The length of the key, in bytes.</summary>
    public const int KeySizeInBytes = 32;

    private const int NonceSize = 12;
    private const int TagSize = 16;

    /// <inheritdoc/>
    public byte[] Protect(ReadOnlySpan<byte> secret, ReadOnlySpan<byte> context)
    {
        byte[] result = new byte[NonceSize + TagSize + secret.Length];
        Span<byte> nonce = result.AsSpan(0, NonceSize);
        RandomNumberGenerator.Fill(nonce);
        using var aes = new AesGcm(key, TagSize);
        aes.Encrypt(nonce, secret, result.AsSpan(NonceSize + TagSize), result.AsSpan(NonceSize, TagSize), context);
        return result;
    }

    /// <inheritdoc/>
    public bool TryUnprotect(ReadOnlySpan<byte> protectedSecret, ReadOnlySpan<byte> context, PinnedBufferWriter secret)
    {
        ArgumentNullException.ThrowIfNull(secret);
        if (protectedSecret.Length < NonceSize + TagSize)
        {
            return false;
        }

        ReadOnlySpan<byte> encrypted = protectedSecret[(NonceSize + TagSize)..];
        using var aes = new AesGcm(key, TagSize);
        try
        {
            aes.Decrypt(
                protectedSecret[..NonceSize],
                encrypted,
                protectedSecret.Slice(NonceSize, TagSize),
                secret.GetSpan(Math.Max(1, encrypted.Length))[..encrypted.Length],
                context);
        }
        catch (AuthenticationTagMismatchException)
        {
            return false;
        }

        secret.Advance(encrypted.Length);
        return true;
    }
}
