namespace FedHe.Crypto.Ckks;

internal class CkksEvaluator(CkksRing ring) : IWeightedEvaluator
{
    public HeParameters Parameters => ring.Parameters;

    protected CkksRing Ring => ring;

    public EncryptedVector Add(EncryptedVector left, EncryptedVector right)
    {
        ArgumentNullException.ThrowIfNull(left);
        using IEncryptedAccumulator sum = CreateAccumulator(left.Length);
        sum.Add(left);
        sum.Add(right);
        return sum.Complete();
    }

    public IEncryptedAccumulator CreateAccumulator(int length) => CreateWeightedAccumulator(length);

    public IWeightedAccumulator CreateWeightedAccumulator(int length) => new CkksAccumulator(ring, length);
}
