using System.Security.Cryptography;
using FedHe.Crypto.Keys;
using FedHe.Orchestration.Protection;

namespace FedHe.Orchestration.Tests.Committee;

/// <summary>A protector with a key instead of a password, whose derivation takes longer than most tests.</summary>
internal sealed class FastProtector : ISecretProtector, IDisposable
{
    private const int NonceSize = 12;
    private const int TagSize = 16;

    private readonly AesGcm _cipher = new(RandomNumberGenerator.GetBytes(32), TagSize);

    public byte[] Protect(ReadOnlySpan<byte> secret, ReadOnlySpan<byte> context)
    {
        var bytes = new byte[NonceSize + TagSize + secret.Length];
        RandomNumberGenerator.Fill(bytes.AsSpan(0, NonceSize));
        _cipher.Encrypt(
            bytes.AsSpan(0, NonceSize), secret, bytes.AsSpan(NonceSize + TagSize), bytes.AsSpan(NonceSize, TagSize), context);
        return bytes;
    }

    public bool TryUnprotect(ReadOnlySpan<byte> protectedSecret, ReadOnlySpan<byte> context, PinnedBufferWriter secret)
    {
        int length = protectedSecret.Length - NonceSize - TagSize;
        if (length < 0)
        {
            return false;
        }

        try
        {
            _cipher.Decrypt(
                protectedSecret[..NonceSize], protectedSecret[(NonceSize + TagSize)..], protectedSecret.Slice(NonceSize, TagSize), secret.GetSpan(length)[..length], context);
            secret.Advance(length);
            return true;
        }
        catch (AuthenticationTagMismatchException)
        {
            return false;
        }
    }

    public void Dispose() => _cipher.Dispose();
}
