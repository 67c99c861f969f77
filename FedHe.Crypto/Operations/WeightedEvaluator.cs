using FedHe.Crypto.Ciphertexts;
using FedHe.Crypto.Parameters;

namespace FedHe.Crypto.Operations;

/// <summary>What every evaluator shares: a sum of two is a running sum that ends early.</summary>
internal abstract class WeightedEvaluator : IWeightedEvaluator
{
    public abstract HeParameters Parameters { get; }

    public EncryptedVector Add(EncryptedVector left, EncryptedVector right)
    {
        ArgumentNullException.ThrowIfNull(left);
        using IEncryptedAccumulator sum = CreateAccumulator(left.Length);
        sum.Add(left);
        sum.Add(right);
        return sum.Complete();
    }

    public IEncryptedAccumulator CreateAccumulator(int length) => CreateWeightedAccumulator(length);

    public abstract IWeightedAccumulator CreateWeightedAccumulator(int length);
}
