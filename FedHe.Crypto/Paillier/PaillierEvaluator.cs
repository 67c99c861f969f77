using FedHe.Crypto.Operations;
using FedHe.Crypto.Parameters;

namespace FedHe.Crypto.Paillier;

internal sealed class PaillierEvaluator(PaillierSetup setup) : WeightedEvaluator
{
    public override HeParameters Parameters => setup.Parameters;

    public override IWeightedAccumulator CreateWeightedAccumulator(int length) => new PaillierAccumulator(setup, length);
}
