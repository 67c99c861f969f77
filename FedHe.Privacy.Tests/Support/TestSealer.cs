using System.Security.Cryptography;
using FedHe.Crypto.Keys;

namespace FedHe.Privacy.Tests.Support;

/// <summary>Seals and opens secrets with AES-GCM under a key of its own.</summary>
internal sealed class TestSealer
{
    private const int NonceLength = 12;
    private const int TagLength = 16;

    private readonly byte[] _key = RandomNumberGenerator.GetBytes(32);

    /// <summary>The secrets that were sealed.</summary>
    public List<byte[]> Secrets { get; } = [];

    public byte[] Seal(ReadOnlySpan<byte> secret, ReadOnlySpan<byte> context)
    {
        Secrets.Add(secret.ToArray());
        byte[] bytes = new byte[NonceLength + TagLength + secret.Length];
        RandomNumberGenerator.Fill(bytes.AsSpan(0, NonceLength));
        using var cipher = new AesGcm(_key, TagLength);
        cipher.Encrypt(
            bytes.AsSpan(0, NonceLength), secret, bytes.AsSpan(NonceLength + TagLength), bytes.AsSpan(NonceLength, TagLength), context);
        return bytes;
    }

    public bool Open(ReadOnlySpan<byte> sealedSecret, ReadOnlySpan<byte> context, PinnedBufferWriter secret)
    {
        if (sealedSecret.Length < NonceLength + TagLength)
        {
            return false;
        }

        int length = sealedSecret.Length - NonceLength - TagLength;
        using var cipher = new AesGcm(_key, TagLength);
        try
        {
            cipher.Decrypt(
                sealedSecret[..NonceLength],
                sealedSecret[(NonceLength + TagLength)..],
                sealedSecret.Slice(NonceLength, TagLength),
                secret.GetSpan(length)[..length],
                context);
            secret.Advance(length);
            return true;
        }
        catch (AuthenticationTagMismatchException)
        {
            return false;
        }
    }

    /// <summary>Opens what is no secret at all, so that hostile bytes reach the parser.</summary>
    public static bool OpenEverything(ReadOnlySpan<byte> sealedSecret, ReadOnlySpan<byte> context, PinnedBufferWriter secret)
    {
        sealedSecret.CopyTo(secret.GetSpan(sealedSecret.Length));
        secret.Advance(sealedSecret.Length);
        return true;
    }

    /// <summary>Seals nothing.</summary>
    public static byte[] SealNothing(ReadOnlySpan<byte> secret, ReadOnlySpan<byte> context) => secret.ToArray();
}
