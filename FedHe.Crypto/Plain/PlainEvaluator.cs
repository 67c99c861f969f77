namespace FedHe.Crypto.Plain;

internal sealed class PlainEvaluator(InsecurePlainParameters parameters) : IWeightedEvaluator
{
    public HeParameters Parameters => parameters;

    public EncryptedVector Add(EncryptedVector left, EncryptedVector right)
    {
        ArgumentNullException.ThrowIfNull(left);
        using IEncryptedAccumulator sum = CreateAccumulator(left.Length);
        sum.Add(left);
        sum.Add(right);
        return sum.Complete();
    }

    public IEncryptedAccumulator CreateAccumulator(int length) => CreateWeightedAccumulator(length);

    public IWeightedAccumulator CreateWeightedAccumulator(int length) => new PlainAccumulator(parameters, length);
}
