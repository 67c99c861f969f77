using System.Buffers.Binary;
using FedHe.Crypto.Ciphertexts;
using FedHe.Crypto.Ckks.SealFormat.Files;
using FedHe.Crypto.Ckks.SealFormat.Headers;
using FedHe.Crypto.Errors;

namespace FedHe.Crypto.Tests.Ckks.SealFormat;

/// <summary>A SEAL file of one level is never taken for one of another level, though its bytes are well-formed.</summary>
public sealed class SealLevelTests : IDisposable
{
    private static readonly SealWriteOptions Uncompressed = new() { Compression = SealCompression.None };

    private readonly SealSetting _setting = new(8192, [50, 50, 50], logScale: 40);

    public void Dispose() => _setting.Dispose();

    [Fact]
    public void PublicKey_ReadAsACiphertext_IsRefused()
    {
        // A seeded key is no longer than a ciphertext in full: only its level tells.
        byte[] key = _setting.PublicKey(Uncompressed);

        SealCiphertext.TryReadPublicKey(key, _setting.Seal, out _, out _).Should().BeTrue();
        SealCiphertext.TryRead(key, _setting.Seal, out _, out FormatError reason).Should().BeFalse();

        reason.Should().Be(FormatError.WrongParameters);
    }

    [Fact]
    public void Ciphertext_ReadAsAPublicKey_IsRefused()
    {
        using EncryptedVector vector = _setting.Context.CreateEncryptor(_setting.Keys.SecretKey).Encrypt(SealSetting.Values(10), maxAbs: 1);
        foreach (ReadOnlyMemory<byte> ciphertext in _setting.Ciphertexts(vector, Uncompressed))
        {
            SealCiphertext.TryRead(ciphertext.Span, _setting.Seal, out _, out _).Should().BeTrue();
            SealCiphertext.TryReadPublicKey(ciphertext.Span, _setting.Seal, out _, out FormatError reason).Should().BeFalse();

            reason.Should().Be(FormatError.WrongParameters);
        }
    }

    [Fact]
    public void Ciphertext_OfOtherParameters_IsRefused()
    {
        SealEncryptionParameters other = SealEncryptionParameters.Create(8192, [49, 50, 50]);
        using EncryptedVector vector = _setting.Context.CreateEncryptor(_setting.Keys.SecretKey).Encrypt(SealSetting.Values(10), maxAbs: 1);
        byte[] ciphertext = _setting.Ciphertexts(vector, Uncompressed)[0].ToArray();

        SealCiphertext.TryRead(ciphertext, other, out _, out FormatError reason).Should().BeFalse();

        reason.Should().Be(FormatError.WrongParameters);
    }

    [Fact]
    public void Plaintext_ReadAsASecretKey_IsRefused()
    {
        byte[] plaintext = SealSetting.Bytes(buffer => _setting.Exchange.WritePlaintext(SealSetting.Values(10), maxAbs: 1, buffer, Uncompressed));

        _setting.Exchange.TryReadPlaintext(plaintext, new double[10], out _).Should().BeTrue();
        SealPlaintext.TryReadSecretKey(plaintext, _setting.Seal, out _, out FormatError reason).Should().BeFalse();

        reason.Should().Be(FormatError.WrongParameters);
        SealFiles.TryReadSecretKey(plaintext, _setting.Seal, new byte[SealFiles.TernaryLength(_setting.Seal.Degree)]).Should().BeFalse();
    }
}
