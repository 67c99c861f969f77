using System.Security.Cryptography;
using FedHe.Crypto.Kernels.Memory;
using FedHe.Crypto.LinearTags;
using FedHe.Crypto.Sharing;
using FedHe.Orchestration.Keys;

namespace FedHe.Orchestration.RoundKeys.Sharing;

/// <summary>
/// The answer cipher seals a member's share of a sum for the clients, so that the server and its network learn nothing of it:
/// AES-256-GCM under a key for one member's answer to one list, which HKDF derives of the group key. For an observer, a box with this key and
/// the check of the sum follows the share.
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

    // The keys, and the check of the sum.
    private const int ObserverSecretSize = KeySize + KeySumCheck.SizeInBytes;

    /// <summary>Computes the number of bytes of an answer.</summary>
    /// <param name="parameters">The parameters of the sharing.</param>
    /// <param name="observer">The observer, or null.</param>
    public static int LengthOf(SharingParameters parameters, BoxPublicKey? observer)
        => SealedLength(parameters) + (observer?.BoxLength(ObserverSecretSize) ?? 0);

    /// <summary>Seals a share.</summary>
    /// <param name="share">The member's share of the sum of all round keys on the list.</param>
    /// <param name="place">The place of the answer.</param>
    /// <param name="keys">The clients' keys.</param>
    /// <param name="check">The check of the sum for the observer, or null where the place has none.</param>
    public static byte[] Seal(KeyShare share, AnswerPlace place, ClientKeys keys, KeySumCheck? check)
    {
        byte[] context = place.ToContext();
        byte[] secret = SecretMemory.Allocate<byte>(place.Sharing.ShareSizeInBytes);
        byte[] observed = SecretMemory.Allocate<byte>(ObserverSecretSize);
        try
        {
            Span<byte> key = observed.AsSpan(0, KeySize);
            share.CopyTo(secret);
            keys.DeriveAnswerKey(context, key);
            var bytes = new byte[LengthOf(place.Sharing, place.Observer)];
            Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
            HMACSHA256.HashData(key[CipherKeySize..], secret, hash);
            hash[..NonceSize].CopyTo(bytes);
            using var cipher = new AesGcm(key[..CipherKeySize], TagSize);
            cipher.Encrypt(bytes.AsSpan(0, NonceSize), secret, bytes.AsSpan(Overhead, secret.Length), bytes.AsSpan(NonceSize, TagSize));
            if (place.Observer is BoxPublicKey observer)
            {
                check!.CopyTo(observed.AsSpan(KeySize));
                observer.Seal(observed, context, bytes.AsSpan(SealedLength(place.Sharing)));
            }

            return bytes;
        }
        finally
        {
            SecretMemory.Zero<byte>(secret);
            SecretMemory.Zero<byte>(observed);
        }
    }

    /// <summary>Opens a sealed share as a client, or returns null.</summary>
    /// <param name="bytes">The sealed share; untrusted.</param>
    /// <param name="place">The place of the answer.</param>
    /// <param name="keys">The clients' keys.</param>
    public static KeyShare? TryOpen(ReadOnlySpan<byte> bytes, AnswerPlace place, ClientKeys keys)
    {
        if (bytes.Length != LengthOf(place.Sharing, place.Observer))
        {
            return null;
        }

        byte[] key = SecretMemory.Allocate<byte>(KeySize);
        try
        {
            keys.DeriveAnswerKey(place.ToContext(), key);
            return TryOpen(bytes, place, key);
        }
        finally
        {
            SecretMemory.Zero<byte>(key);
        }
    }

    /// <summary>Opens a sealed share as the observer, or returns null.</summary>
    /// <param name="bytes">The sealed share; untrusted.</param>
    /// <param name="place">The place of the answer.</param>
    /// <param name="observer">The observer's key.</param>
    public static ObservedAnswer? TryOpen(ReadOnlySpan<byte> bytes, AnswerPlace place, BoxKeyPair observer)
    {
        if (bytes.Length != LengthOf(place.Sharing, place.Observer))
        {
            return null;
        }

        byte[] secret = SecretMemory.Allocate<byte>(ObserverSecretSize);
        try
        {
            if (!observer.TryOpen(bytes[SealedLength(place.Sharing)..], place.ToContext(), secret)
                || TryOpen(bytes, place, secret.AsSpan(0, KeySize)) is not KeyShare share)
            {
                return null;
            }

            byte[] check = SecretMemory.Allocate<byte>(KeySumCheck.SizeInBytes);
            secret.AsSpan(KeySize).CopyTo(check);
            return new ObservedAnswer(share, check);
        }
        finally
        {
            SecretMemory.Zero<byte>(secret);
        }
    }

    private static KeyShare? TryOpen(ReadOnlySpan<byte> bytes, AnswerPlace place, ReadOnlySpan<byte> key)
    {
        byte[] secret = SecretMemory.Allocate<byte>(place.Sharing.ShareSizeInBytes);
        try
        {
            using var cipher = new AesGcm(key[..CipherKeySize], TagSize);
            cipher.Decrypt(bytes[..NonceSize], bytes.Slice(Overhead, secret.Length), bytes[NonceSize..Overhead], secret);
            return KeyShare.TryRead(place.Sharing, place.Index, place.Contributors, secret, out KeyShare? share) ? share : null;
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

    /// <summary>Computes the number of bytes of a nonce, a tag and a share.</summary>
    private static int SealedLength(SharingParameters parameters) => Overhead + parameters.ShareSizeInBytes;
}
