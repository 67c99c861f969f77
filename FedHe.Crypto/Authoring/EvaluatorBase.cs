using FedHe.Crypto.Ciphertexts;
using FedHe.Crypto.Operations;
using FedHe.Crypto.Parameters;

namespace FedHe.Crypto.Authoring;

/// <summary>An evaluator base adds two vectors with an accumulator that the scheme creates.</summary>
public abstract class EvaluatorBase : IEvaluator
{
    /// <inheritdoc/>
    public abstract HeParameters Parameters { get; }

    /// <inheritdoc/>
    public EncryptedVector Add(EncryptedVector left, EncryptedVector right)
    {
        ArgumentNullException.ThrowIfNull(left);
        using IAccumulator sum = CreateAccumulator(left.Length);
        sum.Add(left);
        sum.Add(right);
        return sum.Complete();
    }

    /// <inheritdoc/>
    public abstract IAccumulator CreateAccumulator(int length);
}
