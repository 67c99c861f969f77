namespace FedHe.Learning.Randomness;

/// <summary>A seeded random source gives reproducible numbers for data, initial weights and shuffles, and must not be
/// used for secrets.</summary>
public sealed class SeededRandom : IRandomBytes
{
    private readonly Random _random;

    /// <summary>Starts the sequence that belongs to a seed.</summary>
    /// <param name="seed">Any number; equal seeds give equal sequences.</param>
    public SeededRandom(int seed) => _random = new Random(seed);

    /// <summary>Draws a number uniformly from [0, 1).</summary>
    public double NextDouble() => _random.NextDouble();

    /// <summary>Draws an integer uniformly from [0, <paramref name="limit"/>).</summary>
    /// <param name="limit">The exclusive upper end, at least 1.</param>
    public int NextInt32(int limit) => _random.Next(limit);

    /// <summary>Draws a number uniformly from [<paramref name="low"/>, <paramref name="high"/>).</summary>
    /// <param name="low">The lower end.</param>
    /// <param name="high">The upper end.</param>
    public double NextUniform(double low, double high) => low + ((high - low) * _random.NextDouble());

    /// <summary>Draws a number from the normal distribution with mean 0 and variance 1.</summary>
    public double NextGaussian() =>
        Math.Sqrt(-2 * Math.Log(1 - _random.NextDouble())) * Math.Cos(2 * Math.PI * _random.NextDouble());

    /// <summary>Draws a number from the Gamma distribution with scale 1.</summary>
    /// <remarks>Source: Marsaglia and Tsang, "A Simple Method for Generating Gamma Variables" (2000), sections 4 and 6.</remarks>
    /// <param name="shape">The shape parameter, positive.</param>
    public double NextGamma(double shape)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(shape);
        if (shape < 1)
        {
            return NextGamma(shape + 1) * Math.Pow(1 - _random.NextDouble(), 1 / shape);
        }

        double d = shape - (1.0 / 3);
        double c = 1 / Math.Sqrt(9 * d);
        while (true)
        {
            double x = NextGaussian();
            double v = Math.Pow(1 + (c * x), 3);
            if (v > 0 && Math.Log(1 - _random.NextDouble()) < (0.5 * x * x) + d - (d * v) + (d * Math.Log(v)))
            {
                return d * v;
            }
        }
    }

    /// <inheritdoc/>
    /// <remarks>Whoever knows the seed knows the bytes.</remarks>
    public void Fill(Span<byte> destination) => _random.NextBytes(destination);

    /// <summary>Puts the elements into a random order.</summary>
    /// <param name="values">The elements.</param>
    /// <typeparam name="T">The type of the elements.</typeparam>
    public void Shuffle<T>(Span<T> values) => _random.Shuffle(values);
}
