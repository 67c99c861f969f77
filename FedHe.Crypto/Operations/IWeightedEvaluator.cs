namespace FedHe.Crypto.Operations;

/// <summary>An evaluator that can also weigh vectors by positive integers (<see cref="HeCapabilities.IntegerWeights"/>).</summary>
public interface IWeightedEvaluator : IAdditiveEvaluator
{
    /// <summary>Creates an empty weighted sum for vectors of the given length.</summary>
    /// <param name="length">Number of values, at least one.</param>
    IWeightedAccumulator CreateWeightedAccumulator(int length);
}
