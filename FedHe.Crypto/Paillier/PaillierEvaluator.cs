using FedHe.Crypto.Authoring;
using FedHe.Crypto.Operations;
using FedHe.Crypto.Parameters;

namespace FedHe.Crypto.Paillier;

internal sealed class PaillierEvaluator(PaillierSetup setup) : EvaluatorBase
{
    public override HeParameters Parameters => setup.Parameters;

    public override IAccumulator CreateAccumulator(int length) => new PaillierAccumulator(setup, length);
}
