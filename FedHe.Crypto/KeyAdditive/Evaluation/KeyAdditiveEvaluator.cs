using FedHe.Crypto.Authoring;
using FedHe.Crypto.KeyAdditive.Ring;
using FedHe.Crypto.Operations;
using FedHe.Crypto.Parameters;

namespace FedHe.Crypto.KeyAdditive.Evaluation;

/// <summary>A key-additive evaluator adds uploads of one attempt, each with weight 1.</summary>
internal sealed class KeyAdditiveEvaluator(KeyAdditiveRing ring) : EvaluatorBase
{
    public override HeParameters Parameters => ring.Parameters;

    public override IAccumulator CreateAccumulator(int length) => new KeyAdditiveAccumulator(ring, length);
}
