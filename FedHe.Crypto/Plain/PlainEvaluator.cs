using FedHe.Crypto.Authoring;
using FedHe.Crypto.Operations;
using FedHe.Crypto.Parameters;

namespace FedHe.Crypto.Plain;

/// <summary>A plain evaluator adds fixed-point integers in clear.</summary>
internal sealed class PlainEvaluator(InsecurePlainParameters parameters) : EvaluatorBase
{
    public override HeParameters Parameters => parameters;

    public override IAccumulator CreateAccumulator(int length) => new PlainAccumulator(parameters, length);
}
