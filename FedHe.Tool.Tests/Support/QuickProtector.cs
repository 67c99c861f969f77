using System.Security.Cryptography;
using System.Text;
using FedHe.Crypto.Keys;
using FedHe.Orchestration.Protection;

namespace FedHe.Tool.Tests.Support;

/// <summary>A protector without the slow derivation, which would take most of the time of tests that run hundreds of commands.</summary>
internal sealed class QuickProtector(string password) : ISecretProtector
{
    private const int NonceSize = 12;
    private const int TagSize = 16;

    private readonly byte[] _key = SHA256.HashData(Encoding.UTF8.GetBytes(password));

    public byte[] Protect(ReadOnlySpan<byte> secret, ReadOnlySpan<byte> context)
    {
        byte[] result = new byte[NonceSize + TagSize + secret.Length];
        RandomNumberGenerator.Fill(result.AsSpan(0, NonceSize));
        using var aes = new AesGcm(_key, TagSize);
        aes.Encrypt(result.AsSpan(0, NonceSize), secret, result.AsSpan(NonceSize + TagSize), result.AsSpan(NonceSize, TagSize), context);
        return result;
    }

    public bool TryUnprotect(ReadOnlySpan<byte> protectedSecret, ReadOnlySpan<byte> context, PinnedBufferWriter secret)
    {
        if (protectedSecret.Length < NonceSize + TagSize)
        {
            return false;
        }

        ReadOnlySpan<byte> encrypted = protectedSecret[(NonceSize + TagSize)..];
        using var aes = new AesGcm(_key, TagSize);
        try
        {
            aes.Decrypt(protectedSecret[..NonceSize], encrypted, protectedSecret.Slice(NonceSize, TagSize), secret.GetSpan(Math.Max(1, encrypted.Length))[..encrypted.Length], context);
        }
        catch (AuthenticationTagMismatchException)
        {
            return false;
        }

        secret.Advance(encrypted.Length);
        return true;
    }
}
