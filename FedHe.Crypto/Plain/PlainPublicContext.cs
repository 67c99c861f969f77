using FedHe.Crypto.Bounds;
using FedHe.Crypto.Ciphertexts;
using FedHe.Crypto.Operations;

namespace FedHe.Crypto.Plain;

/// <summary>A public plain context adds and parses vectors that are in clear.</summary>
internal sealed class PlainPublicContext(InsecurePlainParameters parameters) : HePublicContext(parameters)
{
    public override IEvaluator Evaluator { get; } = new PlainEvaluator(parameters);

    public override IVectorReader Reader { get; } = new PlainVectorReader(parameters);

    public override bool IsDecryptionKeyDependent => false;

    public override long EncodedLength(int length, VectorForm form, int seeds = 1) => PlainVector.EncodedLengthOf(length);

    public override VectorForm SumForm(VectorForm freshForm, int contributors) => VectorForm.Full;

    public override long MemoryInBytes(int length, VectorForm form) => sizeof(long) * (long)length;

    public override VectorBound FreshBound(double maxAbs, VectorForm form) => PlainEncryptor.FreshBound(parameters, maxAbs);
}
