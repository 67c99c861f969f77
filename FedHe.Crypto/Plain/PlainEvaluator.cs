using FedHe.Crypto.Operations;
using FedHe.Crypto.Parameters;

namespace FedHe.Crypto.Plain;

internal sealed class PlainEvaluator(InsecurePlainParameters parameters) : WeightedEvaluator
{
    public override HeParameters Parameters => parameters;

    public override IWeightedAccumulator CreateWeightedAccumulator(int length) => new PlainAccumulator(parameters, length);
}
