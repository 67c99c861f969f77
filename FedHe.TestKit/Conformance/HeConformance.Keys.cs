using System.Buffers;
using FedHe.Crypto.Ciphertexts;
using FedHe.Crypto.Errors;
using FedHe.Crypto.Identities;
using FedHe.Crypto.Keys;
using FedHe.Crypto.Operations;
using FedHe.Crypto.Serialization;

namespace FedHe.TestKit.Conformance;

/// <content>Keys: identity, export by policy, and disposal.</content>
public abstract partial class HeConformance
{
    private const string Password = "correct horse battery staple";

    [Fact]
    public void KeyPair_Generated_SharesOneIdentityThatNoOtherPairHas()
    {
        using KeyPair other = Context.GenerateKeyPair();

        Keys.SecretKey.KeyId.Should().Be(Keys.PublicKey.KeyId).And.NotBe(other.PublicKey.KeyId);
        Keys.PublicKey.ParametersId.Should().Be(Context.ParametersId).And.Be(Keys.SecretKey.ParametersId);
        Keys.SecretKey.ExportPolicy.Should().Be(AnyExport);
        other.SecretKey.ExportPolicy.Should().Be(SecretKeyExportPolicy.None, "a key stays where it is unless its maker says otherwise");
    }

    [Fact]
    public void PublicKey_WrittenAndRead_EncryptsForTheSameSecretKey()
    {
        byte[] bytes = BytesOf(Keys.PublicKey);
        Keys.PublicKey.EncodedLength.Should().Be(bytes.Length);

        Context.TryReadPublicKey(bytes, out PublicKey? key, out FormatError reason).Should().BeTrue();

        reason.Should().Be(FormatError.None);
        BytesOf(key!).Should().Equal(bytes);
        key!.KeyId.Should().Be(Keys.PublicKey.KeyId);
        double[] values = Uniform(30, seed: 100);
        using EncryptedVector vector = Context.CreateEncryptor(key).Encrypt(values, MaxAbs);
        ShouldHold(vector, values, "encrypted by a public key that was read");
    }

    [Theory]
    [InlineData(SecretKeyExportPolicy.None)]
    [InlineData(SecretKeyExportPolicy.PasswordProtected)]
    [InlineData(SecretKeyExportPolicy.Clear)]
    public void SecretKey_ExportThatThePolicyForbids_IsRefusedAndWritesNothing(SecretKeyExportPolicy policy)
    {
        using KeyPair keys = Context.GenerateKeyPair(policy);
        var destination = new ArrayBufferWriter<byte>();

        if (!policy.HasFlag(SecretKeyExportPolicy.Clear))
        {
            FluentActions.Invoking(() => keys.SecretKey.ExportClear(destination)).Should().Throw<InvalidOperationException>();
        }

        if (!policy.HasFlag(SecretKeyExportPolicy.PasswordProtected))
        {
            FluentActions.Invoking(() => keys.SecretKey.ExportProtected(Password, destination)).Should().Throw<InvalidOperationException>();
        }

        destination.WrittenCount.Should().Be(0);
    }

    [Fact]
    public void SecretKey_ExportedInClear_IsTheSameKeyWithThePolicyOfItsImporter()
    {
        byte[] bytes = ClearBytesOf(Keys.SecretKey);

        Context.TryImportSecretKey(bytes, SecretKeyExportPolicy.Clear, out SecretKey? key, out FormatError reason).Should().BeTrue();

        reason.Should().Be(FormatError.None);
        key!.ExportPolicy.Should().Be(SecretKeyExportPolicy.Clear);
        ClearBytesOf(key).Should().Equal(bytes);
        ShouldBeTheSecretKey(key);
        key.Dispose();
    }

    [Fact]
    public void SecretKey_ExportedUnderAPassword_OpensOnlyWithThatPassword()
    {
        byte[] bytes = ProtectedBytesOf(Keys.SecretKey);
        byte[] clear = ClearBytesOf(Keys.SecretKey);
        ReadOnlySpan<byte> material = clear.AsSpan(WireHeader.SizeInBytes + KeyId.SizeInBytes);
        bytes.AsSpan().IndexOf(material[..32]).Should().Be(-1, "the key is encrypted");
        byte[] tampered = [.. bytes];
        tampered[^1] ^= 1;

        ReasonNotToOpen(bytes, Password + "r").Should().Be(FormatError.AuthenticationFailed);
        ReasonNotToOpen(tampered, Password).Should().Be(FormatError.AuthenticationFailed);
        Context.TryImportProtectedSecretKey(bytes, Password, SecretKeyExportPolicy.None, out SecretKey? key, out FormatError reason)
            .Should().BeTrue();

        reason.Should().Be(FormatError.None);
        key!.ExportPolicy.Should().Be(SecretKeyExportPolicy.None);
        ShouldBeTheSecretKey(key);
        key.Dispose();
    }

    [Fact]
    public void KeyPair_Imported_IsThePairAndNothingElse()
    {
        byte[] publicKey = BytesOf(Keys.PublicKey);
        byte[] secretKey = ClearBytesOf(Keys.SecretKey);
        using KeyPair other = Context.GenerateKeyPair();

        Context.IsPair(Keys.PublicKey, Keys.SecretKey).Should().BeTrue();
        Context.TryImportKeyPair(publicKey, secretKey, AnyExport, out KeyPair? pair, out FormatError reason).Should().BeTrue();
        Context.TryImportKeyPair(BytesOf(other.PublicKey), secretKey, AnyExport, out KeyPair? mixed, out FormatError mixedReason)
            .Should().BeFalse();

        reason.Should().Be(FormatError.None);
        BytesOf(pair!.PublicKey).Should().Equal(publicKey);
        ShouldBeTheSecretKey(pair.SecretKey);
        mixed.Should().BeNull();
        mixedReason.Should().Be(FormatError.Inconsistent);
        Context.IsPair(other.PublicKey, Keys.SecretKey).Should().BeFalse();
        pair.Dispose();
    }

    [Theory]
    [InlineData("")]
    [InlineData("elevenchars")]
    public void SecretKey_PasswordTooShort_IsRefusedAndWritesNothing(string password)
    {
        var destination = new ArrayBufferWriter<byte>();

        FluentActions.Invoking(() => Keys.SecretKey.ExportProtected(password, destination)).Should().Throw<ArgumentException>();

        destination.WrittenCount.Should().Be(0);
    }

    [Fact]
    public void SecretKey_Shown_RevealsNothing()
    {
        Keys.SecretKey.ToString().Should().Be("Secret key");
        $"{Keys.SecretKey}".Should().Be("Secret key");
    }

    [Fact]
    public void SecretKey_InTheMessagesOfItsRefusals_DoesNotAppear()
    {
        byte[] clear = ClearBytesOf(Keys.SecretKey);
        ReadOnlySpan<byte> material = clear.AsSpan(WireHeader.SizeInBytes + KeyId.SizeInBytes, 32);
        string hexadecimal = Convert.ToHexString(material);
        string base64 = Convert.ToBase64String(material);
        KeyPair keys = Context.GenerateKeyPair();
        SecretKey key = ImportClear(clear, SecretKeyExportPolicy.None);
        using EncryptedVector foreign = Encryptor(VectorForm.Seeded, keys).Encrypt([0.5], MaxAbs);
        var destination = new ArrayBufferWriter<byte>();
        Action[] refusals =
        [
            () => key.ExportClear(destination),
            () => key.ExportProtected(Password, destination),
            () => Context.CreateDecryptor(key).Decrypt(foreign, new double[1]),
            () => Context.CreateEncryptor(key).Encrypt([double.NaN], MaxAbs),
            key.Dispose,
            () => key.ExportClear(destination),
            () => Context.CreateDecryptor(key),
            () => throw new HeFormatException(FormatError.AuthenticationFailed, "secret key"),
        ];

        foreach (string text in refusals.Select(TextOf))
        {
            for (int start = 0; start + 8 <= hexadecimal.Length; start++)
            {
                text.Should().NotContainEquivalentOf(hexadecimal.Substring(start, 8));
            }

            for (int start = 0; start + 8 <= base64.Length; start++)
            {
                text.Should().NotContain(base64.Substring(start, 8));
            }
        }

        keys.Dispose();
    }

    [Fact]
    public void SecretKey_Disposed_CanDoNothing()
    {
        KeyPair keys = Context.GenerateKeyPair(AnyExport);
        IEncryptor encryptor = Context.CreateEncryptor(keys.SecretKey);
        IDecryptor decryptor = Context.CreateDecryptor(keys.SecretKey);
        using EncryptedVector vector = encryptor.Encrypt([0.5], MaxAbs);
        var destination = new ArrayBufferWriter<byte>();
        keys.SecretKey.IsDisposed.Should().BeFalse();

        keys.Dispose();
        keys.Dispose();

        keys.SecretKey.IsDisposed.Should().BeTrue();
        FluentActions.Invoking(() => keys.SecretKey.ExportClear(destination)).Should().Throw<ObjectDisposedException>();
        FluentActions.Invoking(() => keys.SecretKey.ExportProtected(Password, destination)).Should().Throw<ObjectDisposedException>();
        FluentActions.Invoking(() => Context.CreateEncryptor(keys.SecretKey)).Should().Throw<ObjectDisposedException>();
        FluentActions.Invoking(() => Context.CreateDecryptor(keys.SecretKey)).Should().Throw<ObjectDisposedException>();
        FluentActions.Invoking(() => encryptor.Encrypt([0.5], MaxAbs)).Should().Throw<ObjectDisposedException>();
        FluentActions.Invoking(() => decryptor.Decrypt(vector, new double[1])).Should().Throw<ObjectDisposedException>();
        FluentActions.Invoking(() => decryptor.DecryptPublic(vector, 1, new double[1])).Should().Throw<ObjectDisposedException>();
        destination.WrittenCount.Should().Be(0);
    }

    private static byte[] ClearBytesOf(SecretKey key)
    {
        var buffer = new ArrayBufferWriter<byte>();
        key.ExportClear(buffer);
        return buffer.WrittenSpan.ToArray();
    }

    private static byte[] ProtectedBytesOf(SecretKey key)
    {
        var buffer = new ArrayBufferWriter<byte>();
        key.ExportProtected(Password, buffer);
        return buffer.WrittenSpan.ToArray();
    }

    private static string TextOf(Action refused)
    {
        Exception? refusal = Record.Exception(refused);
        return refusal?.ToString() ?? string.Empty;
    }

    private SecretKey ImportClear(byte[] bytes, SecretKeyExportPolicy policy)
    {
        Context.TryImportSecretKey(bytes, policy, out SecretKey? key, out _).Should().BeTrue();
        return key!;
    }

    private FormatError ReasonNotToOpen(byte[] bytes, string password)
    {
        Context.TryImportProtectedSecretKey(bytes, password, AnyExport, out SecretKey? key, out FormatError reason).Should().BeFalse();
        key.Should().BeNull();
        return reason;
    }

    private void ShouldBeTheSecretKey(SecretKey key)
    {
        key.KeyId.Should().Be(Keys.SecretKey.KeyId);
        double[] values = Uniform(30, seed: 101);
        using EncryptedVector vector = Encryptor(VectorForm.Full).Encrypt(values, MaxAbs);
        var decrypted = new double[30];
        Context.CreateDecryptor(key).Decrypt(vector, decrypted);
        decrypted.Should().Equal(Decrypt(vector));
        using EncryptedVector seeded = Context.CreateEncryptor(key).Encrypt(values, MaxAbs);
        ShouldHold(seeded, values, "encrypted by a secret key that was imported");
    }
}
