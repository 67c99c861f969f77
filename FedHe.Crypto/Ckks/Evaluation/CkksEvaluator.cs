using FedHe.Crypto.Authoring;
using FedHe.Crypto.Ckks.Ring;
using FedHe.Crypto.Operations;
using FedHe.Crypto.Parameters;

namespace FedHe.Crypto.Ckks.Evaluation;

/// <summary>A CKKS evaluator adds up vectors of one ring.</summary>
internal sealed class CkksEvaluator(CkksRing ring) : EvaluatorBase
{
    public override HeParameters Parameters => ring.Parameters;

    public override IAccumulator CreateAccumulator(int length) => new CkksAccumulator(ring, length);
}
