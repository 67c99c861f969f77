using System.Diagnostics.CodeAnalysis;
using FedHe.Crypto.Bounds;
using FedHe.Crypto.Ciphertexts;
using FedHe.Crypto.Ckks.Encryption;
using FedHe.Crypto.Ckks.Evaluation;
using FedHe.Crypto.Ckks.Keys;
using FedHe.Crypto.Ckks.Noise;
using FedHe.Crypto.Ckks.Parameters;
using FedHe.Crypto.Ckks.Ring;
using FedHe.Crypto.Ckks.Vectors;
using FedHe.Crypto.Errors;
using FedHe.Crypto.Identities;
using FedHe.Crypto.Keys;
using FedHe.Crypto.Operations;
using FedHe.Crypto.Random;

namespace FedHe.Crypto.Ckks;

/// <summary>Composes the roles of one parameter set: keys, encryption, evaluation and reading, on one ring.</summary>
internal sealed class CkksContext : HeContext
{
    private readonly CkksRing _ring;
    private readonly RandomSource _random;

    public CkksContext(CkksParameters parameters, RandomSource random, HeContextOptions? options = null)
        : base(parameters)
    {
        _ring = new CkksRing(parameters, (options ?? HeContextOptions.Default).MaxDegreeOfParallelism);
        _random = random;
        Evaluator = parameters.Depth > 0 ? new CkksRescalingEvaluator(_ring) : new CkksEvaluator(_ring);
        Reader = new CkksVectorReader(_ring);
    }

    public CkksRing Ring => _ring;

    public RandomSource Random => _random;

    public override IAdditiveEvaluator Evaluator { get; }

    public override IVectorReader Reader { get; }

    public override KeyPair GenerateKeyPair(SecretKeyExportPolicy exportPolicy = SecretKeyExportPolicy.None)
        => CkksKeyGenerator.Generate(_ring, _random, exportPolicy);

    public override bool TryReadPublicKey(ReadOnlySpan<byte> source, [NotNullWhen(true)] out PublicKey? key, out FormatError reason)
    {
        key = CkksPublicKey.TryRead(_ring, source, out reason);
        return key is not null;
    }

    public override long EncodedLength(int length, VectorForm form, int seeds = 1)
        => CkksVectorFormat.EncodedLength(_ring.Parameters, length, form, _ring.LimbCount, seeds, DroppedBits.None);

    public override VectorForm SumForm(VectorForm freshForm, int contributors)
        => freshForm == VectorForm.Full || contributors > CkksVectorFormat.MaxSeeds ? VectorForm.Full : VectorForm.SeedList;

    public override long MemoryInBytes(int length, VectorForm form)
        => sizeof(ulong) * CkksBlock.WordsOf(_ring.Parameters, length, CkksBlock.PolynomialsOf(form), _ring.LimbCount);

    public override VectorBound FreshBound(double maxAbs, VectorForm form) => CkksFreshBound.Of(_ring, maxAbs, form);

    protected override int SecretKeyLength => CkksSecretKey.MaterialLengthOf(_ring.Degree);

    // The base class has checked the parameters of the key, which name its scheme.
    protected override IEncryptor CreateEncryptorCore(EncryptionKey key)
    {
        if (key is not CkksPublicKey publicKey)
        {
            return new CkksSecretKeyEncryptor(_ring, (CkksSecretKey)key, _random);
        }

        CkksFreshBound.CheckPlanned(_ring, VectorForm.Full);
        return new CkksPublicKeyEncryptor(_ring, publicKey, _random);
    }

    protected override IDecryptor CreateDecryptorCore(SecretKey key) => new CkksDecryptor(_ring, (CkksSecretKey)key, _random);

    protected override SecretKey? ImportSecretKeyCore(
        KeyId keyId, ReadOnlySpan<byte> material, SecretKeyExportPolicy exportPolicy, out FormatError reason)
        => CkksSecretKey.Read(_ring, keyId, material, exportPolicy, out reason);
}
