using System.Buffers;
using System.Buffers.Binary;
using System.Security.Cryptography;
using FedHe.Crypto.Errors;
using FedHe.Crypto.Identities;
using FedHe.Crypto.Keys;
using FedHe.Crypto.Serialization;
using FedHe.TestKit.Schemes;

namespace FedHe.Crypto.Tests.Keys;

/// <summary>
/// The key file of a secret key under a password is computed anew from docs/wire-format.md, kind 4, so that neither its writer
/// nor its reader can use fewer iterations than the document promises.
/// </summary>
public sealed class PasswordProtectionTests : IDisposable
{
    private const string Password = "gr\u00fcne Wiese 2026";
    private const int Iterations = 600_000;
    private const int SaltLength = 32;
    private const int NonceLength = 12;
    private const int TagLength = 16;
    private const int SaltStart = WireHeader.SizeInBytes + KeyId.SizeInBytes;
    private const int NonceStart = SaltStart + SaltLength;
    private const int TagStart = NonceStart + NonceLength;
    private const int CiphertextStart = TagStart + TagLength;

    private static readonly HeContext Context = SchemeRegistry.CkksSmallest.Context;

    private readonly KeyPair _keys = Context.GenerateKeyPair(SecretKeyExportPolicy.Clear | SecretKeyExportPolicy.PasswordProtected);

    public void Dispose() => _keys.Dispose();

    [Fact]
    public void KeyFile_Written_OpensWithTheDocumentedDerivation()
    {
        byte[] file = Written(_keys.SecretKey);
        byte[] material = new byte[file.Length - CiphertextStart];
        using AesGcm cipher = Cipher(file.AsSpan(SaltStart, SaltLength), Iterations);

        cipher.Decrypt(
            file.AsSpan(NonceStart, NonceLength), file.AsSpan(CiphertextStart), file.AsSpan(TagStart, TagLength), material, AssociatedData());

        material.Should().Equal(Material());
    }

    [Fact]
    public void KeyFile_OfTheDocumentedDerivation_IsImported()
    {
        Import(FileOf(Iterations), out FormatError reason).Should().BeTrue();

        reason.Should().Be(FormatError.None);
    }

    [Theory]
    [InlineData(Iterations - 1)]
    [InlineData(Iterations / 1000)]
    public void KeyFile_OfFewerIterations_DoesNotOpen(int iterations)
    {
        Import(FileOf(iterations), out FormatError reason).Should().BeFalse();

        reason.Should().Be(FormatError.AuthenticationFailed);
    }

    [Fact]
    public void KeyFile_WrittenTwice_SharesNeitherSaltNorNonce()
    {
        byte[] first = Written(_keys.SecretKey);
        byte[] second = Written(_keys.SecretKey);

        second[SaltStart..NonceStart].Should().NotEqual(first[SaltStart..NonceStart]);
        second[NonceStart..TagStart].Should().NotEqual(first[NonceStart..TagStart]);
    }

    private static byte[] Written(SecretKey key)
    {
        var buffer = new ArrayBufferWriter<byte>();
        key.ExportProtected(Password, buffer);
        return buffer.WrittenSpan.ToArray();
    }

    private static AesGcm Cipher(ReadOnlySpan<byte> salt, int iterations)
        => new(Rfc2898DeriveBytes.Pbkdf2(System.Text.Encoding.UTF8.GetBytes(Password), salt, iterations, HashAlgorithmName.SHA256, 32), TagLength);

    private static bool Import(byte[] file, out FormatError reason)
    {
        bool isRead = Context.TryImportProtectedSecretKey(file, Password, SecretKeyExportPolicy.None, out SecretKey? key, out reason);
        key?.Dispose();
        return isRead;
    }

    private byte[] Material()
    {
        var buffer = new ArrayBufferWriter<byte>();
        _keys.SecretKey.ExportClear(buffer);
        return buffer.WrittenSpan[(WireHeader.SizeInBytes + KeyId.SizeInBytes)..].ToArray();
    }

    private byte[] AssociatedData()
    {
        var data = new byte[Digest.SizeInBytes + KeyId.SizeInBytes];
        Context.ParametersId.CopyTo(data);
        _keys.SecretKey.KeyId.CopyTo(data.AsSpan(Digest.SizeInBytes));
        return data;
    }

    /// <summary>Computes a key file from the document alone; only its first eight bytes come from a file of the writer.</summary>
    private byte[] FileOf(int iterations)
    {
        byte[] salt = [.. Enumerable.Range(1, SaltLength).Select(i => (byte)i)];
        byte[] nonce = [.. Enumerable.Range(101, NonceLength).Select(i => (byte)i)];
        byte[] material = Material();
        var tag = new byte[TagLength];
        var ciphertext = new byte[material.Length];
        using (AesGcm cipher = Cipher(salt, iterations))
        {
            cipher.Encrypt(nonce, material, ciphertext, tag, AssociatedData());
        }

        var length = new byte[sizeof(long)];
        BinaryPrimitives.WriteInt64LittleEndian(length, KeyId.SizeInBytes + SaltLength + NonceLength + TagLength + ciphertext.Length);
        return
        [
            .. Written(_keys.SecretKey)[..8],
            .. AssociatedData()[..Digest.SizeInBytes],
            .. length,
            .. AssociatedData()[Digest.SizeInBytes..],
            .. salt,
            .. nonce,
            .. tag,
            .. ciphertext,
        ];
    }
}
