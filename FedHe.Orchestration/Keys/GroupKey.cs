using System.Security.Cryptography;
using FedHe.Crypto.Identities;
using FedHe.Crypto.Kernels.Memory;
using FedHe.Crypto.LinearTags;
using FedHe.Crypto.Random;

namespace FedHe.Orchestration.Keys;

/// <summary>
/// The group key is the clients' common key: tags come from it, and the keys that seal a committee's answers. The server never has
/// it.
/// </summary>
internal static class GroupKey
{
    /// <summary>Draws a group key, which the caller zeroes.</summary>
    public static byte[] Generate()
    {
        byte[] groupKey = SecretMemory.Allocate<byte>(TagKey.SizeInBytes);
        HedgedRandom.Fill(groupKey);
        return groupKey;
    }

    /// <summary>
    /// Computes the public identity of a group key, by which a committee's job fixes it: whoever makes the keys cannot give two
    /// clients two of them.
    /// </summary>
    public static KeyId IdOf(ReadOnlySpan<byte> groupKey)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        using var sha256 = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        sha256.AppendData("FedHe group key identity v1\0"u8);
        sha256.AppendData(groupKey);
        sha256.GetHashAndReset(hash);
        return new KeyId(hash[..KeyId.SizeInBytes]);
    }
}
