using System.Buffers;
using System.Security.Cryptography;
using FedHe.Crypto;
using FedHe.Crypto.Errors;
using FedHe.Crypto.Identities;
using FedHe.Crypto.Keys;
using FedHe.Crypto.Serialization;
using FedHe.Orchestration.Identities;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Messages;
using FedHe.Orchestration.Wire;

namespace FedHe.Orchestration.Keys;

/// <summary>
/// A job's keys on their way to one client: the public key in clear, the secret key sealed, everything signed by the
/// authority. Whoever relays it learns nothing and can change nothing.
/// </summary>
internal static class KeyGrant
{
    /// <summary>Writes a grant for a request that was found good.</summary>
    public static byte[] Write(KeyRequestMessage request, KeyPair keys, ECDsa signingKey)
    {
        using ECDiffieHellman ephemeral = KeySeal.CreateEphemeralKey();
        using var secret = new PinnedBufferWriter();
        keys.SecretKey.ExportClear(secret);
        var publicKey = new ArrayBufferWriter<byte>(keys.PublicKey.EncodedLength);
        keys.PublicKey.WriteTo(publicKey);

        var buffer = new ArrayBufferWriter<byte>();
        var writer = new WireWriter(buffer);
        int payload = PayloadLength(request.Client, publicKey.WrittenCount, secret.WrittenCount);
        writer.WriteHeader(WireKind.KeyGrant, keys.PublicKey.ParametersId, payload);
        writer.WriteGuid(request.JobId);
        writer.WriteClientId(request.Client);
        writer.WriteKeyId(keys.PublicKey.KeyId);
        writer.WriteBytes(ephemeral.ExportSubjectPublicKeyInfo());
        writer.WriteBytesWithLength(publicKey.WrittenSpan);
        int associatedLength = buffer.WrittenCount;

        Span<byte> nonce = stackalloc byte[KeySeal.NonceSize];
        Span<byte> tag = stackalloc byte[KeySeal.TagSize];
        RandomNumberGenerator.Fill(nonce);
        byte[] ciphertext = new byte[secret.WrittenCount];
        KeySeal.Seal(
            ephemeral, request.EphemeralKey.Span, buffer.WrittenSpan[..associatedLength], secret.WrittenSpan, nonce, tag, ciphertext);
        writer.WriteBytes(nonce);
        writer.WriteBytes(tag);
        writer.WriteBytesWithLength(ciphertext);
        writer.WriteBytes(signingKey.SignData(buffer.WrittenSpan, HashAlgorithmName.SHA256));
        return buffer.WrittenSpan.ToArray();
    }

    /// <summary>Opens a grant made for this client, this request and this job.</summary>
    public static FormatError TryOpen(
        ReadOnlySpan<byte> source, HeContext context, FederationJob job, ClientId client, ECDiffieHellman ephemeral, out ClientKeys? keys)
    {
        keys = null;
        var reader = new WireReader(source);
        reader.ReadHeader(WireKind.KeyGrant, job.Authority.ParametersId, WireLimits.Default.MaxBytes);
        reader.Require(reader.ReadGuid() == job.JobId, FormatError.Inconsistent);
        reader.Require(reader.ReadClientId() == client, FormatError.Inconsistent);
        reader.Require(reader.ReadKeyId() == job.Authority.KeyId, FormatError.Inconsistent);
        ReadOnlySpan<byte> senderKey = reader.ReadBytes(KeySeal.EphemeralKeySize);
        ReadOnlySpan<byte> publicKeyBytes = reader.ReadBytesWithLength();
        int associatedLength = source.Length - reader.Remaining;
        ReadOnlySpan<byte> nonce = reader.ReadBytes(KeySeal.NonceSize);
        ReadOnlySpan<byte> tag = reader.ReadBytes(KeySeal.TagSize);
        ReadOnlySpan<byte> ciphertext = reader.ReadBytesWithLength();
        ReadOnlySpan<byte> signature = reader.ReadBytes(VerificationKey.SignatureSizeInBytes);
        reader.ExpectEnd();
        if (reader.Failed)
        {
            return reader.Error;
        }

        if (!job.Authority.VerificationKey.Verify(source[..^VerificationKey.SignatureSizeInBytes], signature))
        {
            return FormatError.AuthenticationFailed;
        }

        Span<byte> secret = GC.AllocateUninitializedArray<byte>(ciphertext.Length, pinned: true);
        try
        {
            return KeySeal.TryOpen(ephemeral, senderKey, source[..associatedLength], nonce, tag, ciphertext, secret)
                ? Import(context, job.Authority.KeyId, publicKeyBytes, secret, out keys)
                : FormatError.AuthenticationFailed;
        }
        finally
        {
            CryptographicOperations.ZeroMemory(secret);
        }
    }

    private static FormatError Import(
        HeContext context, KeyId keyId, ReadOnlySpan<byte> publicKeyBytes, ReadOnlySpan<byte> secret, out ClientKeys? keys)
    {
        keys = null;
        if (!context.TryReadPublicKey(publicKeyBytes, out PublicKey? publicKey, out FormatError reason))
        {
            return reason;
        }

        if (!context.TryImportSecretKey(secret, SecretKeyExportPolicy.None, out SecretKey? secretKey, out reason))
        {
            publicKey.Dispose();
            return reason;
        }

        var pair = new KeyPair(publicKey, secretKey);
        if (publicKey.KeyId != keyId || secretKey.KeyId != keyId)
        {
            pair.Dispose();
            return FormatError.Inconsistent;
        }

        keys = new ClientKeys(context, pair);
        return FormatError.None;
    }

    private static int PayloadLength(ClientId client, int publicKeyLength, int secretLength)
        => 16 + sizeof(ushort) + client.Value.Length + KeyId.SizeInBytes + KeySeal.EphemeralKeySize
            + sizeof(int) + publicKeyLength + KeySeal.NonceSize + KeySeal.TagSize
            + sizeof(int) + secretLength + VerificationKey.SignatureSizeInBytes;
}
