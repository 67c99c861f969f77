using System.Diagnostics.CodeAnalysis;
using FedHe.Crypto.Bounds;
using FedHe.Crypto.Ciphertexts;
using FedHe.Crypto.Encoding;
using FedHe.Crypto.Errors;
using FedHe.Crypto.Identities;
using FedHe.Crypto.Keys;
using FedHe.Crypto.Operations;
using FedHe.Crypto.Seal.Native;

namespace FedHe.Crypto.Seal;

internal sealed class SealContext : HeContext
{
    private readonly SealSetting _setting;

    public SealContext(SealParameters parameters, HeContextOptions options)
        : base(parameters)
    {
        _setting = new SealSetting(parameters, options.MaxDegreeOfParallelism);
        Evaluator = parameters.Depth > 0 ? new SealRescalingEvaluator(_setting) : new SealEvaluator(_setting);
        Reader = new SealVectorReader(_setting);
    }

    public override IAdditiveEvaluator Evaluator { get; }

    public override IVectorReader Reader { get; }

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

    public override long EncodedLength(int length, VectorForm form, int seeds = 1)
        => SealVectorFormat.EncodedLength(_setting, length, form, _setting.PrimeCount);

    /// <summary>
    /// Always in full: a seed of SEAL's belongs to one ciphertext, and lists of them would save little.
    /// </summary>
    public override VectorForm SumForm(VectorForm freshForm, int contributors) => VectorForm.Full;

    public override long MemoryInBytes(int length, VectorForm form)
        => SealBlock.MemoryInBytes(_setting.LayoutOf(form, _setting.PrimeCount).Length, _setting.CiphertextsOf(length));

    public override VectorBound FreshBound(double maxAbs, VectorForm form)
        => SealVectorEncryptor.FreshBound(_setting, maxAbs, form);

    protected override int SecretKeyLength => TernaryPacking.LengthOf(_setting.Parameters.Degree);

    // The parameters of a key name its scheme, and they were checked.
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
