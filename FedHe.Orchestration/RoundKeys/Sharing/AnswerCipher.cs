using System.Buffers;
using System.Security.Cryptography;
using FedHe.Crypto.Identities;
using FedHe.Crypto.Kernels.Memory;
using FedHe.Crypto.Serialization;
using FedHe.Crypto.Sharing;
using FedHe.MLBridge.Identities;
using FedHe.Orchestration.Keys;

namespace FedHe.Orchestration.RoundKeys.Sharing;

/// <summary>
/// The answer cipher seals a member's share of a sum for the clients, so that the server and its network learn nothing of it:
/// AES-256-GCM under a key for one member's answer to one list, which HKDF derives of the group key. For an observer, a box with this key
/// follows the share.
/// </summary>
/// <remarks>
/// The nonce is an HMAC of the share, so that two shares under one key, which an honest member never has, are sealed under two nonces.
/// Without an observer the same answer has the same bytes. Source: NIST SP 800-38D; the synthetic nonce of RFC 5297.
/// </remarks>
internal static class AnswerCipher
{
    private const int NonceSize = 12;
    private const int TagSize = 16;
    private const int CipherKeySize = 32;
    private const int Overhead = NonceSize + TagSize;

    // The key of the cipher, and the key of the nonce.
    private const int KeySize = 2 * CipherKeySize;

    /// <summary>Computes the number of bytes of an answer.</summary>
    /// <param name="parameters">The parameters of the sharing.</param>
    /// <param name="observer">The observer, or null.</param>
    public static int LengthOf(SharingParameters parameters, BoxPublicKey? observer)
        => Overhead + parameters.ShareSizeInBytes + (observer?.BoxLength(KeySize) ?? 0);

    /// <summary>Seals a share.</summary>
    /// <param name="share">The member's share of the sum of all round keys on the list.</param>
    /// <param name="keys">The clients' keys.</param>
    /// <param name="attempt">The attempt of the list.</param>
    /// <param name="list">The digest of the chain up to the list.</param>
    /// <param name="member">The member.</param>
    /// <param name="observer">The observer of the job, or null.</param>
    public static byte[] Seal(
        KeyShare share, ClientKeys keys, Attempt attempt, Digest list, ClientId member, BoxPublicKey? observer = null)
    {
        int length = share.Parameters.ShareSizeInBytes;
        byte[] context = ContextOf(attempt, list, member);
        byte[] secret = SecretMemory.Allocate<byte>(length);
        byte[] key = SecretMemory.Allocate<byte>(KeySize);
        try
        {
            share.CopyTo(secret);
            keys.DeriveAnswerKey(context, key);
            var bytes = new byte[LengthOf(share.Parameters, observer)];
            Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
            HMACSHA256.HashData(key.AsSpan(CipherKeySize), secret, hash);
            hash[..NonceSize].CopyTo(bytes);
            using var cipher = new AesGcm(key.AsSpan(0, CipherKeySize), TagSize);
            cipher.Encrypt(bytes.AsSpan(0, NonceSize), secret, bytes.AsSpan(Overhead, length), bytes.AsSpan(NonceSize, TagSize));
            observer?.Seal(key, context, bytes.AsSpan(Overhead + length));
            return bytes;
        }
        finally
        {
            SecretMemory.Zero<byte>(secret);
            SecretMemory.Zero<byte>(key);
        }
    }

    /// <summary>Opens a sealed share as a client, or returns null.</summary>
    /// <param name="bytes">The sealed share; untrusted.</param>
    /// <param name="parameters">The parameters of the sharing.</param>
    /// <param name="index">The index of the member.</param>
    /// <param name="contributors">The number of contributors on the list.</param>
    /// <param name="keys">The clients' keys.</param>
    /// <param name="attempt">The attempt of the list.</param>
    /// <param name="list">The digest of the chain up to the list.</param>
    /// <param name="member">The member.</param>
    /// <param name="observer">The observer of the job, or null.</param>
    public static KeyShare? TryOpen(
        ReadOnlySpan<byte> bytes,
        SharingParameters parameters,
        int index,
        int contributors,
        ClientKeys keys,
        Attempt attempt,
        Digest list,
        ClientId member,
        BoxPublicKey? observer = null)
    {
        if (bytes.Length != LengthOf(parameters, observer))
        {
            return null;
        }

        byte[] key = SecretMemory.Allocate<byte>(KeySize);
        try
        {
            keys.DeriveAnswerKey(ContextOf(attempt, list, member), key);
            return TryOpen(bytes[..(Overhead + parameters.ShareSizeInBytes)], parameters, index, contributors, key);
        }
        finally
        {
            SecretMemory.Zero<byte>(key);
        }
    }

    /// <summary>Opens a sealed share as the observer, or returns null.</summary>
    /// <param name="bytes">The sealed share; untrusted.</param>
    /// <param name="parameters">The parameters of the sharing.</param>
    /// <param name="index">The index of the member.</param>
    /// <param name="contributors">The number of contributors on the list.</param>
    /// <param name="observer">The observer's key.</param>
    /// <param name="attempt">The attempt of the list.</param>
    /// <param name="list">The digest of the chain up to the list.</param>
    /// <param name="member">The member.</param>
    public static KeyShare? TryOpen(
        ReadOnlySpan<byte> bytes,
        SharingParameters parameters,
        int index,
        int contributors,
        BoxKeyPair observer,
        Attempt attempt,
        Digest list,
        ClientId member)
    {
        int length = Overhead + parameters.ShareSizeInBytes;
        if (bytes.Length != LengthOf(parameters, observer.PublicKey))
        {
            return null;
        }

        byte[] key = SecretMemory.Allocate<byte>(KeySize);
        try
        {
            return observer.TryOpen(bytes[length..], ContextOf(attempt, list, member), key)
                ? TryOpen(bytes[..length], parameters, index, contributors, key)
                : null;
        }
        finally
        {
            SecretMemory.Zero<byte>(key);
        }
    }

    private static KeyShare? TryOpen(ReadOnlySpan<byte> bytes, SharingParameters parameters, int index, int contributors, ReadOnlySpan<byte> key)
    {
        byte[] secret = SecretMemory.Allocate<byte>(parameters.ShareSizeInBytes);
        try
        {
            using var cipher = new AesGcm(key[..CipherKeySize], TagSize);
            cipher.Decrypt(bytes[..NonceSize], bytes[Overhead..], bytes[NonceSize..Overhead], secret);
            return KeyShare.TryRead(parameters, index, contributors, secret, out KeyShare? share) ? share : null;
        }
        catch (AuthenticationTagMismatchException)
        {
            return null;
        }
        finally
        {
            SecretMemory.Zero<byte>(secret);
        }
    }

    private static byte[] ContextOf(Attempt attempt, Digest list, ClientId member)
    {
        var bytes = new ArrayBufferWriter<byte>();
        bytes.Write("FedHe committee answer v1"u8);
        var writer = new WireWriter(bytes);
        attempt.WritePlace(writer);
        writer.WriteDigest(list);
        writer.WriteClientId(member);
        return bytes.WrittenSpan.ToArray();
    }
}
