using System.Diagnostics.CodeAnalysis;
using FedHe.Crypto.Ckks.SealFormat.Files;
using FedHe.Crypto.Errors;
using FedHe.Crypto.Identities;
using FedHe.Crypto.Keys;
using FedHe.Crypto.Operations;
using FedHe.Crypto.Seal.Native;

namespace FedHe.Crypto.Seal;

/// <summary>A SEAL context makes SEAL's keys, and the encryptors and decryptors that hold them.</summary>
internal sealed class SealContext : HeContext
{
    private readonly SealSetting _setting;

    public SealContext(SealParameters parameters, HeContextOptions options)
        : this(new SealSetting(parameters, options.MaxDegreeOfParallelism))
    {
    }

    private SealContext(SealSetting setting)
        : base(new SealPublicContext(setting)) => _setting = setting;

    public SealSetting Setting => _setting;

    public override KeyPair GenerateKeyPair(SecretKeyExportPolicy exportPolicy = SecretKeyExportPolicy.None)
    {
        (SecretKeyHandle secret, PublicKeyHandle published) = _setting.Engine.GenerateKeys();
        using (published)
        {
            SealPublicKey publicKey = SealPublicKey.Adopt(_setting, SealEngine.Save(published));
            return new KeyPair(publicKey, SealSecretKey.Adopt(_setting, publicKey.KeyId, secret, exportPolicy));
        }
    }

    public override bool TryReadPublicKey(
        ReadOnlySpan<byte> source, [NotNullWhen(true)] out PublicKey? key, out FormatError reason)
    {
        key = SealPublicKey.TryRead(_setting, source, out reason);
        return key is not null;
    }

    protected override int SecretKeyLength => SealFiles.TernaryLength(_setting.Parameters.Degree);

    // The base class has checked the parameters of the key, which name its scheme.
    protected override IEncryptor CreateEncryptorCore(EncryptionKey key) => key is SealPublicKey publicKey
        ? new SealPublicKeyEncryptor(_setting, publicKey)
        : new SealSecretKeyEncryptor(_setting, (SealSecretKey)key);

    protected override IDecryptor CreateDecryptorCore(SecretKey key) => new SealDecryptor(_setting, (SealSecretKey)key);

    protected override SecretKey? ImportSecretKeyCore(
        KeyId keyId, ReadOnlySpan<byte> material, SecretKeyExportPolicy exportPolicy, out FormatError reason)
        => SealSecretKey.Read(_setting, keyId, material, exportPolicy, out reason);

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _setting.Dispose();
        }

        base.Dispose(disposing);
    }
}
