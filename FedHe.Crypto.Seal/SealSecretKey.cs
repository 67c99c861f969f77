using FedHe.Crypto.Ckks.SealFormat.Files;
using FedHe.Crypto.Ckks.SealFormat.Headers;
using FedHe.Crypto.Encoding;
using FedHe.Crypto.Errors;
using FedHe.Crypto.Identities;
using FedHe.Crypto.Kernels.Memory;
using FedHe.Crypto.Keys;
using FedHe.Crypto.Seal.Errors;
using FedHe.Crypto.Seal.Native;

namespace FedHe.Crypto.Seal;

/// <summary>
/// A ternary polynomial, and SEAL's encryptor and decryptor that hold it, which SEAL clears when they are destroyed.
/// Its exported form has two bits a coefficient.
/// </summary>
internal sealed class SealSecretKey : SecretKey
{
    private readonly sbyte[] _coefficients;

    private SealSecretKey(
        SealSetting setting, KeyId keyId, sbyte[] coefficients, SecretKeyHandle key, SecretKeyExportPolicy exportPolicy)
        : base(setting.Parameters.Id, keyId, exportPolicy)
    {
        _coefficients = coefficients;
        Encryptor = setting.Engine.CreateEncryptor(key);
        Decryptor = setting.Engine.CreateDecryptor(key);
    }

    /// <summary>To be used within a <see cref="SecretKey.Use"/> only.</summary>
    public EncryptorHandle Encryptor { get; }

    /// <summary>To be used within a <see cref="SecretKey.Use"/> only.</summary>
    public DecryptorHandle Decryptor { get; }

    protected override int MaterialLength => TernaryPacking.LengthOf(_coefficients.Length);

    /// <summary>Takes over a key that SEAL made, and destroys the handle.</summary>
    public static SealSecretKey Adopt(
        SealSetting setting, KeyId keyId, SecretKeyHandle key, SecretKeyExportPolicy exportPolicy)
    {
        using (key)
        {
            byte[] file = SecretMemory.Allocate<byte>(SealEngine.LengthOf(key));
            try
            {
                SealEngine.Save(key, file);
                return new SealSecretKey(setting, keyId, CoefficientsOf(setting, file), key, exportPolicy);
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
        int degree = setting.Parameters.Degree;
        sbyte[] coefficients = SecretMemory.Allocate<sbyte>(degree);
        ulong[] scratch = SecretMemory.Allocate<ulong>(degree);
        try
        {
            if (!TernaryPacking.TryUnpack(material, scratch, coefficients))
            {
                reason = FormatError.FieldOutOfRange;
                return null;
            }
        }
        finally
        {
            SecretMemory.Zero<ulong>(scratch);
        }

        reason = FormatError.None;
        using SecretKeyHandle key = Load(setting, coefficients);
        return new SealSecretKey(setting, keyId, coefficients, key, exportPolicy);
    }

    protected override void CopyMaterial(Span<byte> destination) => TernaryPacking.Pack(_coefficients, destination);

    protected override void ZeroMaterial()
    {
        SecretMemory.Zero<sbyte>(_coefficients);
        Encryptor?.Dispose();
        Decryptor?.Dispose();
    }

    private static sbyte[] CoefficientsOf(SealSetting setting, ReadOnlySpan<byte> file)
    {
        if (!SealPlaintext.TryReadSecretKey(file, setting.Parameters.Encryption, out SealPlaintext? key, out _))
        {
            throw Unexpected();
        }

        using (key)
        {
            ulong prime = setting.Parameters.Encryption.CoeffModulus[0];
            Span<ulong> residues = key.Polynomials.Limb(0, 0);
            setting.KeyTransforms[0].Inverse(residues);
            sbyte[] coefficients = SecretMemory.Allocate<sbyte>(residues.Length);
            ulong others = 0;
            for (int i = 0; i < residues.Length; i++)
            {
                // 0, 1 or p-1, without a branch on which.
                ulong isNegative = (residues[i] + 1) / prime;
                ulong isPositive = residues[i] * (1 - isNegative);
                others |= isPositive >> 1;
                coefficients[i] = (sbyte)((int)(isPositive & 1) - (int)isNegative);
            }

            return others == 0 ? coefficients : throw Unexpected();
        }
    }

    private static SecretKeyHandle Load(SealSetting setting, ReadOnlySpan<sbyte> coefficients)
    {
        SealEncryptionParameters parameters = setting.Parameters.Encryption;
        using var polynomials = SealPolynomials.OfSecret(parameters.Degree, parameters.CoeffModulus.Length);
        for (int limb = 0; limb < parameters.CoeffModulus.Length; limb++)
        {
            Span<ulong> residues = polynomials.Limb(0, limb);
            for (int i = 0; i < residues.Length; i++)
            {
                // -1 becomes p-1: the sign, spread over all bits, selects the prime.
                long sign = coefficients[i] >> 7;
                residues[i] = unchecked((ulong)coefficients[i] + (parameters.CoeffModulus[limb] & (ulong)sign));
            }

            setting.KeyTransforms[limb].Forward(residues);
        }

        using var plaintext = new SealPlaintext(parameters, polynomials, scale: 1);
        using var file = new SecretWriter(2 * polynomials.Polynomial(0).Length * sizeof(ulong));
        plaintext.WriteTo(file);
        return setting.Engine.LoadSecretKey(file.Written);
    }

    private static SealOperationException Unexpected()
    {
        const int Code = unchecked((int)0x8000FFFF);
        return new SealOperationException("make a ternary secret key", Code);
    }
}
