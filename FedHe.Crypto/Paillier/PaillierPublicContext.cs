using FedHe.Crypto.Bounds;
using FedHe.Crypto.Ciphertexts;
using FedHe.Crypto.Operations;
using FedHe.Crypto.Paillier.Encryption;
using FedHe.Crypto.Paillier.Evaluation;
using FedHe.Crypto.Paillier.Keys;
using FedHe.Crypto.Paillier.Parameters;
using FedHe.Crypto.Paillier.Vectors;

namespace FedHe.Crypto.Paillier;

/// <summary>
/// A public Paillier context adds and parses vectors under any key. No key and no randomness is reachable from it.
/// </summary>
internal sealed class PaillierPublicContext(PaillierParameters parameters, PaillierModulusCache moduli, CiphertextBatches batches)
    : HePublicContext(parameters)
{
    public override IEvaluator Evaluator { get; } = new PaillierEvaluator(parameters, batches);

    public override IVectorReader Reader { get; } = new PaillierVectorReader(parameters, moduli, batches);

    public override int MaxDegreeOfParallelism => batches.MaxDegreeOfParallelism;

    // A ciphertext has one plaintext, whatever the key; another plaintext fails the tag of the round keys.
    public override bool IsDecryptionKeyDependent => false;

    public override long EncodedLength(int length, VectorForm form, int seeds = 1)
        => PaillierVectorFormat.EncodedLength(parameters, length);

    public override VectorForm SumForm(VectorForm freshForm, int contributors) => VectorForm.Full;

    public override long MemoryInBytes(int length, VectorForm form) => PaillierCiphertexts.SizeInBytes(parameters, length);

    public override VectorBound FreshBound(double maxAbs, VectorForm form) => PaillierEncryptor.FreshBound(parameters, maxAbs);
}
