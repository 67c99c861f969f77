using System.Buffers;
using System.Security.Cryptography;
using FedHe.Crypto.Errors;
using FedHe.Crypto.Identities;
using FedHe.Crypto.Random;
using FedHe.Crypto.Serialization;

namespace FedHe.Crypto.Keys;

/// <summary>
/// Password protection encrypts the material of a secret key with AES-256-GCM under a password. The number of
/// iterations is a constant of the format version, so hostile bytes cannot choose it.
/// </summary>
/// <remarks>
/// PBKDF2-HMAC-SHA-256 derives the key of the cipher. The identities of the parameters and of the key are authenticated
/// with the ciphertext.
/// </remarks>
internal static class PasswordProtection
{
    private const int MinimumPasswordLength = 12;
    private const int Iterations = 600_000;
    private const int SaltLength = 32;
    private const int NonceLength = 12;
    private const int TagLength = 16;
    private const int Overhead = KeyId.SizeInBytes + SaltLength + NonceLength + TagLength;

    public static void Write(
        Digest parametersId, KeyId keyId, ReadOnlySpan<byte> material, ReadOnlySpan<char> password, IBufferWriter<byte> destination)
    {
        if (password.Length < MinimumPasswordLength)
        {
            throw new ArgumentException($"A password needs at least {MinimumPasswordLength} characters.", nameof(password));
        }

        Span<byte> salt = stackalloc byte[SaltLength];
        Span<byte> nonce = stackalloc byte[NonceLength];
        RandomSource.System.FillPublic(salt);
        RandomSource.System.FillPublic(nonce);
        Span<byte> tag = stackalloc byte[TagLength];
        byte[] ciphertext = new byte[material.Length];
        using (AesGcm cipher = Derive(password, salt))
        {
            cipher.Encrypt(nonce, material, ciphertext, tag, AssociatedData(parametersId, keyId));
        }

        var writer = new WireWriter(destination);
        writer.WriteHeader(WireKind.PasswordProtectedSecretKey, parametersId, Overhead + ciphertext.Length);
        writer.WriteKeyId(keyId);
        writer.WriteBytes(salt);
        writer.WriteBytes(nonce);
        writer.WriteBytes(tag);
        writer.WriteBytes(ciphertext);
    }

    /// <summary>
    /// Decrypts key material that <see cref="Write"/> encrypted, and accepts only the length of
    /// <paramref name="material"/>.
    /// </summary>
    public static FormatError TryRead(
        ReadOnlySpan<byte> source, Digest parametersId, ReadOnlySpan<char> password, Span<byte> material, out KeyId keyId)
    {
        var reader = new WireReader(source);
        reader.ReadHeader(
            WireKind.PasswordProtectedSecretKey, parametersId, WireHeader.SizeInBytes + Overhead + material.Length);
        keyId = reader.ReadKeyId();
        ReadOnlySpan<byte> salt = reader.ReadBytes(SaltLength);
        ReadOnlySpan<byte> nonce = reader.ReadBytes(NonceLength);
        ReadOnlySpan<byte> tag = reader.ReadBytes(TagLength);
        ReadOnlySpan<byte> ciphertext = reader.ReadBytes(material.Length);
        reader.ExpectEnd();
        if (reader.Failed)
        {
            return reader.Error;
        }

        try
        {
            using AesGcm cipher = Derive(password, salt);
            cipher.Decrypt(nonce, ciphertext, tag, material, AssociatedData(parametersId, keyId));
            return FormatError.None;
        }
        catch (AuthenticationTagMismatchException)
        {
            return FormatError.AuthenticationFailed;
        }
    }

    private static AesGcm Derive(ReadOnlySpan<char> password, ReadOnlySpan<byte> salt)
    {
        Span<byte> key = stackalloc byte[32];
        try
        {
            Rfc2898DeriveBytes.Pbkdf2(password, salt, key, Iterations, HashAlgorithmName.SHA256);
            return new AesGcm(key, TagLength);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(key);
        }
    }

    private static byte[] AssociatedData(Digest parametersId, KeyId keyId)
    {
        byte[] data = new byte[Digest.SizeInBytes + KeyId.SizeInBytes];
        parametersId.CopyTo(data);
        keyId.CopyTo(data.AsSpan(Digest.SizeInBytes));
        return data;
    }
}
