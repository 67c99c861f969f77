using System.Diagnostics.CodeAnalysis;
using FedHe.Crypto.Ciphertexts;
using FedHe.Crypto.Ckks.Encryption;
using FedHe.Crypto.Ckks.Keys;
using FedHe.Crypto.Ckks.Parameters;
using FedHe.Crypto.Ckks.Ring;
using FedHe.Crypto.Ckks.Vectors;
using FedHe.Crypto.Errors;
using FedHe.Crypto.Identities;
using FedHe.Crypto.Keys;
using FedHe.Crypto.Operations;
using FedHe.Crypto.Random;

namespace FedHe.Crypto.Ckks;

/// <summary>A CKKS context makes CKKS keys, and the encryptors and decryptors that hold them.</summary>
internal sealed class CkksContext : HeContext
{
    public CkksContext(CkksParameters parameters, EncryptionRandomSource random, HeContextOptions? options = null)
        : this(new CkksRing(parameters, (options ?? HeContextOptions.Default).MaxDegreeOfParallelism), random)
    {
    }

    private CkksContext(CkksRing ring, EncryptionRandomSource random)
        : base(new CkksPublicContext(ring))
    {
        Ring = ring;
        Random = random;
    }

    public CkksRing Ring { get; }

    public EncryptionRandomSource Random { get; }

    public override KeyPair GenerateKeyPair(SecretKeyExportPolicy exportPolicy = SecretKeyExportPolicy.None)
        => CkksKeyGenerator.Generate(Ring, Random, exportPolicy);

    public override bool TryReadPublicKey(ReadOnlySpan<byte> source, [NotNullWhen(true)] out PublicKey? key, out FormatError reason)
    {
        key = CkksPublicKey.TryRead(Ring, source, out reason);
        return key is not null;
    }

    protected override int SecretKeyLength => CkksSecretKey.MaterialLengthOf(Ring.Degree);

    // The base class has checked the parameters of the key, which name its scheme.
    protected override IEncryptor CreateEncryptorCore(EncryptionKey key)
    {
        if (key is not CkksPublicKey publicKey)
        {
            return new CkksSecretKeyEncryptor(Ring, (CkksSecretKey)key, Random);
        }

        CkksFreshBound.CheckPlanned(Ring, VectorForm.Full);
        return new CkksPublicKeyEncryptor(Ring, publicKey, Random);
    }

    protected override IDecryptor CreateDecryptorCore(SecretKey key) => new CkksDecryptor(Ring, (CkksSecretKey)key, Random);

    protected override bool IsPairCore(PublicKey publicKey, SecretKey secretKey)
        => CkksKeyCheck.IsPair(Ring, (CkksPublicKey)publicKey, (CkksSecretKey)secretKey);

    protected override SecretKey? ImportSecretKeyCore(
        KeyId keyId, ReadOnlySpan<byte> material, SecretKeyExportPolicy exportPolicy, out FormatError reason)
        => CkksSecretKey.Read(Ring, keyId, material, exportPolicy, out reason);
}
