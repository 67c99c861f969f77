using FedHe.Crypto.Authoring;
using FedHe.Crypto.Operations;
using FedHe.Crypto.Parameters;

namespace FedHe.Crypto.Seal;

/// <summary>A SEAL evaluator adds vectors of one SEAL context.</summary>
internal sealed class SealEvaluator(SealSetting setting) : EvaluatorBase
{
    public override HeParameters Parameters => setting.Parameters;

    public override IAccumulator CreateAccumulator(int length) => new SealAccumulator(setting, length);
}
