using FedHe.Crypto.Operations;
using FedHe.Crypto.Parameters;

namespace FedHe.Crypto.Plain;

/// <summary>An evaluator that adds fixed-point integers in clear.</summary>
internal sealed class PlainEvaluator(InsecurePlainParameters parameters) : WeightedEvaluator
{
    public override HeParameters Parameters => parameters;

    public override IWeightedAccumulator CreateWeightedAccumulator(int length) => new PlainAccumulator(parameters, length);
}
