using FedHe.Crypto.Ckks.SealFormat.Files;
using FedHe.Crypto.Errors;
using FedHe.Crypto.Identities;
using FedHe.Crypto.Kernels.Memory;
using FedHe.Crypto.Keys;
using FedHe.Crypto.Seal.Errors;
using FedHe.Crypto.Seal.Native;

namespace FedHe.Crypto.Seal;

/// <summary>
/// A SEAL secret key is a ternary polynomial beside the native encryptor and decryptor that hold it, which SEAL clears
/// when they are destroyed. An exported coefficient takes two bits.
/// </summary>
internal sealed class SealSecretKey : SecretKey
{
    private readonly byte[] _ternary;

    private SealSecretKey(
        SealSetting setting, KeyId keyId, byte[] ternary, SecretKeyHandle key, SecretKeyExportPolicy exportPolicy)
        : base(setting.Parameters.Id, keyId, exportPolicy)
    {
        _ternary = ternary;
        Encryptor = setting.Engine.CreateEncryptor(key);
        Decryptor = setting.Engine.CreateDecryptor(key);
    }

    /// <summary>The native encryptor of the key, for use within a <see cref="SecretKey.Use"/> only.</summary>
    public EncryptorHandle Encryptor { get; }

    /// <summary>The native decryptor of the key, for use within a <see cref="SecretKey.Use"/> only.</summary>
    public DecryptorHandle Decryptor { get; }

    protected override int MaterialLength => _ternary.Length;

    /// <summary>Takes over a key that SEAL made, and destroys the handle.</summary>
    public static SealSecretKey Adopt(
        SealSetting setting, KeyId keyId, SecretKeyHandle key, SecretKeyExportPolicy exportPolicy)
    {
        using (key)
        {
            byte[] file = SecretMemory.Allocate<byte>(SealEngine.LengthOf(key));
            byte[] ternary = SecretMemory.Allocate<byte>(SealFiles.TernaryLength(setting.Parameters.Degree));
            try
            {
                SealEngine.Save(key, file);
                if (!SealFiles.TryReadSecretKey(file, setting.Parameters.Encryption, ternary))
                {
                    const int Unexpected = unchecked((int)0x8000FFFF);
                    throw new SealOperationException("make a ternary secret key", Unexpected);
                }

                return Create(setting, keyId, ternary, key, exportPolicy);
            }
            finally
            {
                SecretMemory.Zero<byte>(file);
            }
        }
    }

    /// <summary>Reads exported material, refusing anything but coefficients -1, 0 and 1.</summary>
    public static SealSecretKey? Read(
        SealSetting setting,
        KeyId keyId,
        ReadOnlySpan<byte> material,
        SecretKeyExportPolicy exportPolicy,
        out FormatError reason)
    {
        using var file = new PinnedBufferWriter();
        if (!SealFiles.TryWriteSecretKey(material, setting.Parameters.Encryption, file))
        {
            reason = FormatError.FieldOutOfRange;
            return null;
        }

        reason = FormatError.None;
        using SecretKeyHandle key = setting.Engine.LoadSecretKey(file.WrittenSpan);
        byte[] ternary = SecretMemory.Allocate<byte>(material.Length);
        material.CopyTo(ternary);
        return Create(setting, keyId, ternary, key, exportPolicy);
    }

    /// <summary>Creates a key that owns its polynomial, which is zeroed when SEAL refuses.</summary>
    private static SealSecretKey Create(
        SealSetting setting, KeyId keyId, byte[] ternary, SecretKeyHandle key, SecretKeyExportPolicy exportPolicy)
    {
        try
        {
            return new SealSecretKey(setting, keyId, ternary, key, exportPolicy);
        }
        catch
        {
            SecretMemory.Zero<byte>(ternary);
            throw;
        }
    }

    protected override void CopyMaterial(Span<byte> destination) => _ternary.CopyTo(destination);

    protected override void ZeroMaterial()
    {
        SecretMemory.Zero<byte>(_ternary);
        Encryptor?.Dispose();
        Decryptor?.Dispose();
    }
}
