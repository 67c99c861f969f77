using FedHe.Crypto;
using FedHe.Crypto.Authoring;
using FedHe.Crypto.Bounds;
using FedHe.Crypto.Ciphertexts;
using FedHe.Crypto.Operations;
using FedHe.Crypto.Parameters;

namespace FedHe.TestKit.Toy;

/// <summary>A public toy context adds and parses toy vectors.</summary>
internal sealed class ToyPublicContext(ToyParameters parameters) : HePublicContext(parameters)
{
    public override IEvaluator Evaluator { get; } = new ToyEvaluator(parameters);

    public override IVectorReader Reader { get; } = new ToyVectorReader(parameters);

    public override long EncodedLength(int length, VectorForm form, int seeds = 1) => ToyVector.EncodedLengthOf(length);

    public override long MemoryInBytes(int length, VectorForm form) => sizeof(long) * (long)length;

    public override VectorForm SumForm(VectorForm freshForm, int contributors) => VectorForm.Full;

    public override VectorBound FreshBound(double maxAbs, VectorForm form) => ToyEncryptor.FreshBound(parameters, maxAbs);

    private sealed class ToyEvaluator(ToyParameters parameters) : EvaluatorBase
    {
        public override HeParameters Parameters => parameters;

        public override IAccumulator CreateAccumulator(int length) => new ToyAccumulator(parameters, length);
    }
}
