using FedHe.Crypto.Bounds;
using FedHe.Crypto.Ciphertexts;
using FedHe.Crypto.Operations;

namespace FedHe.Crypto.Paillier;

/// <summary>A public Paillier context multiplies and parses ciphertexts, of any key.</summary>
internal sealed class PaillierPublicContext(PaillierSetup setup) : HePublicContext(setup.Parameters)
{
    public override IEvaluator Evaluator { get; } = new PaillierEvaluator(setup);

    public override IVectorReader Reader { get; } = new PaillierVectorReader(setup);

    public override long EncodedLength(int length, VectorForm form, int seeds = 1)
        => PaillierVectorFormat.EncodedLength(setup.Parameters, length);

    public override VectorForm SumForm(VectorForm freshForm, int contributors) => VectorForm.Full;

    public override long MemoryInBytes(int length, VectorForm form) => PaillierBlock.BytesOf(setup.Parameters, length);

    public override VectorBound FreshBound(double maxAbs, VectorForm form) => PaillierEncryptor.FreshBound(setup.Parameters, maxAbs);
}
