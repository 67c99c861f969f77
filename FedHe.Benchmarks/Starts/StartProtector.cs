using System.Security.Cryptography;
using FedHe.Crypto.Keys;
using FedHe.Orchestration.Protection;

namespace FedHe.Benchmarks.Starts;

/// <summary>
/// A start protector encrypts with AES-256-GCM under a key of the host's key store. A password is slow on purpose, and would be most of
/// what is measured.
/// </summary>
internal sealed class StartProtector(byte[] key) : ISecretProtector
{
    public const int KeySizeInBytes = 32;

    private const int NonceSize = 12;
    private const int TagSize = 16;

    public byte[] Protect(ReadOnlySpan<byte> secret, ReadOnlySpan<byte> context)
    {
        byte[] result = new byte[NonceSize + TagSize + secret.Length];
        Span<byte> nonce = result.AsSpan(0, NonceSize);
        RandomNumberGenerator.Fill(nonce);
        using var aes = new AesGcm(key, TagSize);
        aes.Encrypt(nonce, secret, result.AsSpan(NonceSize + TagSize), result.AsSpan(NonceSize, TagSize), context);
        return result;
    }

    public bool TryUnprotect(ReadOnlySpan<byte> protectedSecret, ReadOnlySpan<byte> context, PinnedBufferWriter secret)
    {
        ReadOnlySpan<byte> encrypted = protectedSecret[(NonceSize + TagSize)..];
        using var aes = new AesGcm(key, TagSize);
        aes.Decrypt(protectedSecret[..NonceSize], encrypted, protectedSecret.Slice(NonceSize, TagSize), secret.GetSpan(encrypted.Length)[..encrypted.Length], context);
        secret.Advance(encrypted.Length);
        return true;
    }
}
