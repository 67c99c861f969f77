namespace FedHe.Crypto.Ckks.Noise;

/// <summary>
/// Seeded weights sum up the weights of the distinct seeds of a vector, whose encryption errors are independent of each other.
/// </summary>
/// <param name="Sum">The sum of the weights; 0 where no seeds are known.</param>
/// <param name="SumOfSquares">The sum of the squares of the weights.</param>
internal readonly record struct SeededWeights(double Sum, double SumOfSquares)
{
    public SeededWeights With(long weight) => new(Sum + weight, SumOfSquares + ((double)weight * weight));
}
