namespace FedHe.Crypto.Ckks;

internal class CkksEvaluator(CkksRing ring) : WeightedEvaluator
{
    public override HeParameters Parameters => ring.Parameters;

    protected CkksRing Ring => ring;

    public override IWeightedAccumulator CreateWeightedAccumulator(int length) => new CkksAccumulator(ring, length);
}
