using FedHe.Crypto.Operations;
using FedHe.Crypto.Parameters;

namespace FedHe.Crypto.Seal;

internal class SealEvaluator(SealSetting setting) : WeightedEvaluator
{
    public override HeParameters Parameters => setting.Parameters;

    protected SealSetting Setting => setting;

    public override IWeightedAccumulator CreateWeightedAccumulator(int length) => new SealAccumulator(setting, length);
}
