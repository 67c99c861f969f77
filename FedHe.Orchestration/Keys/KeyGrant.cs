using System.Buffers;
using System.Security.Cryptography;
using FedHe.Crypto;
using FedHe.Crypto.Errors;
using FedHe.Crypto.Identities;
using FedHe.Crypto.Keys;
using FedHe.Crypto.LinearTags;
using FedHe.Orchestration.Messages;

namespace FedHe.Orchestration.Keys;

/// <summary>
/// A key grant gives one client a job's public key in clear, and its secret key and the group key of tags encrypted for
/// that client. A relay of the signed message learns no secret from it and cannot change it unnoticed.
/// </summary>
internal static class KeyGrant
{
    /// <summary>Creates the grant for a request that was accepted.</summary>
    public static KeyGrantMessage Create(KeyRequestMessage request, KeyPair keys, ReadOnlySpan<byte> groupKey)
    {
        using ECDiffieHellman ephemeral = GrantCipher.CreateEphemeralKey();
        using var secret = new PinnedBufferWriter();
        secret.Write(groupKey);
        keys.SecretKey.ExportClear(secret);
        var publicKey = new ArrayBufferWriter<byte>(keys.PublicKey.EncodedLength);
        keys.PublicKey.WriteTo(publicKey);
        var grant = new KeyGrantMessage(
            request.JobId,
            request.Client,
            keys.PublicKey.KeyId,
            ephemeral.ExportSubjectPublicKeyInfo(),
            publicKey.WrittenMemory,
            EncryptedSecretKey: default);
        return grant with
        {
            EncryptedSecretKey = GrantCipher.Encrypt(
                ephemeral, request.EphemeralKey.Span, grant.AssociatedData(), secret.WrittenSpan),
        };
    }

    /// <summary>
    /// Decrypts and imports the keys of a grant whose job, client, key identity and signature have been checked, and refuses
    /// them as <see cref="FormatError.Inconsistent"/> unless they belong together.
    /// </summary>
    public static FormatError TryOpen(KeyGrantMessage grant, HeContext context, ECDiffieHellman ephemeral, out ClientKeys? keys)
    {
        keys = null;
        if (grant.EncryptedSecretKey.Length < GrantCipher.Overhead + TagKey.SizeInBytes)
        {
            return FormatError.Truncated;
        }

        Span<byte> secret = GC.AllocateUninitializedArray<byte>(grant.EncryptedSecretKey.Length - GrantCipher.Overhead, pinned: true);
        try
        {
            return GrantCipher.TryDecrypt(
                ephemeral, grant.EphemeralKey.Span, grant.AssociatedData(), grant.EncryptedSecretKey.Span, secret)
                ? Import(context, grant.KeyId, grant.PublicKey.Span, secret[..TagKey.SizeInBytes], secret[TagKey.SizeInBytes..], out keys)
                : FormatError.AuthenticationFailed;
        }
        finally
        {
            CryptographicOperations.ZeroMemory(secret);
        }
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
