using System.Buffers;
using System.Security.Cryptography;
using FedHe.Crypto;
using FedHe.Crypto.Errors;
using FedHe.Crypto.Identities;
using FedHe.Crypto.Keys;
using FedHe.Crypto.LinearTags;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Messages;

namespace FedHe.Orchestration.Keys;

/// <summary>
/// A key grant gives one client a job's public key in clear, and its secret key and the group key of tags encrypted for
/// that client. A relay of the signed message learns no secret from it and cannot change it unnoticed.
/// </summary>
internal static class KeyGrant
{
    /// <summary>Creates the grant of a key pair and a group key for a request that was accepted.</summary>
    public static KeyGrantMessage Create(KeyRequestMessage request, KeyPair keys, ReadOnlySpan<byte> groupKey)
    {
        using var secret = new PinnedBufferWriter();
        secret.Write(groupKey);
        keys.SecretKey.ExportClear(secret);
        var publicKey = new ArrayBufferWriter<byte>(keys.PublicKey.EncodedLength);
        keys.PublicKey.WriteTo(publicKey);
        return Create(request, keys.PublicKey.KeyId, publicKey.WrittenMemory, secret.WrittenSpan);
    }

    /// <summary>Creates the grant of a group key alone, whose public key is empty.</summary>
    public static KeyGrantMessage Create(KeyRequestMessage request, KeyId keyId, ReadOnlySpan<byte> groupKey)
        => Create(request, keyId, publicKey: default, groupKey);

    private static KeyGrantMessage Create(KeyRequestMessage request, KeyId keyId, ReadOnlyMemory<byte> publicKey, ReadOnlySpan<byte> secret)
    {
        using ECDiffieHellman ephemeral = GrantCipher.CreateEphemeralKey();
        var grant = new KeyGrantMessage(
            request.JobId,
            request.Client,
            keyId,
            ephemeral.ExportSubjectPublicKeyInfo(),
            publicKey,
            EncryptedSecretKey: default);
        return grant with
        {
            EncryptedSecretKey = GrantCipher.Encrypt(
                ephemeral, request.EphemeralKey.Span, grant.AssociatedData(), secret),
        };
    }

    /// <summary>
    /// Decrypts and imports the keys of a grant whose job, client, key identity and signature have been checked, and refuses
    /// them as <see cref="FormatError.Inconsistent"/> unless they belong together.
    /// </summary>
    public static FormatError TryOpen(KeyGrantMessage grant, HeContext context, ECDiffieHellman ephemeral, out ClientKeys? keys)
    {
        ClientKeys? opened = null;
        FormatError error = TryDecrypt(grant, ephemeral, secret => Import(
            context, grant.KeyId, grant.PublicKey.Span, secret[..TagKey.SizeInBytes], secret[TagKey.SizeInBytes..], out opened));
        keys = opened;
        return error;
    }

    /// <summary>
    /// Decrypts the group key of a grant whose job, client, key identity and signature have been checked, and refuses it as <see
    /// cref="FormatError.Inconsistent"/> unless it is the one that the job fixes.
    /// </summary>
    public static FormatError TryOpen(KeyGrantMessage grant, FederationJob job, ECDiffieHellman ephemeral, out ClientKeys? keys)
    {
        ClientKeys? opened = null;
        FormatError error = TryDecrypt(grant, ephemeral, secret => Import(job, grant, secret, out opened));
        keys = opened;
        return error;
    }

    private static FormatError TryDecrypt(KeyGrantMessage grant, ECDiffieHellman ephemeral, Func<ReadOnlySpan<byte>, FormatError> import)
    {
        if (grant.EncryptedSecretKey.Length < GrantCipher.Overhead + TagKey.SizeInBytes)
        {
            return FormatError.Truncated;
        }

        Span<byte> secret = GC.AllocateUninitializedArray<byte>(grant.EncryptedSecretKey.Length - GrantCipher.Overhead, pinned: true);
        try
        {
            return GrantCipher.TryDecrypt(
                ephemeral, grant.EphemeralKey.Span, grant.AssociatedData(), grant.EncryptedSecretKey.Span, secret)
                ? import(secret)
                : FormatError.AuthenticationFailed;
        }
        finally
        {
            CryptographicOperations.ZeroMemory(secret);
        }
    }

    private static FormatError Import(FederationJob job, KeyGrantMessage grant, ReadOnlySpan<byte> groupKey, out ClientKeys? keys)
    {
        bool isOfJob = grant.PublicKey.IsEmpty && groupKey.Length == TagKey.SizeInBytes && GroupKey.IdOf(groupKey) == grant.KeyId;
        keys = isOfJob ? new ClientKeys(job.RoundKeyParameters!, groupKey) : null;
        return isOfJob ? FormatError.None : FormatError.Inconsistent;
    }

    private static FormatError Import(
        HeContext context,
        KeyId keyId,
        ReadOnlySpan<byte> publicKeyBytes,
        ReadOnlySpan<byte> groupKey,
        ReadOnlySpan<byte> secret,
        out ClientKeys? keys)
    {
        keys = null;
        if (!context.TryImportKeyPair(publicKeyBytes, secret, SecretKeyExportPolicy.Clear, out KeyPair? pair, out FormatError reason))
        {
            return reason;
        }

        if (pair.PublicKey.KeyId != keyId)
        {
            pair.Dispose();
            return FormatError.Inconsistent;
        }

        keys = new ClientKeys(context, pair, groupKey);
        return FormatError.None;
    }
}
