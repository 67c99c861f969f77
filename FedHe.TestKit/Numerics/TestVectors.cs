namespace FedHe.TestKit.Numerics;

/// <summary>Test vectors of every <see cref="ValuePattern"/> are reproducible from a generator's seed.</summary>
public static class TestVectors
{
    /// <summary>The list of all patterns, for loops over them.</summary>
    public static IReadOnlyList<ValuePattern> Patterns { get; } = Enum.GetValues<ValuePattern>();

    /// <summary>Fills a vector whose magnitudes do not exceed <paramref name="maxAbs"/>.</summary>
    public static void Fill(Span<double> destination, ValuePattern pattern, double maxAbs, Random random)
    {
        for (int i = 0; i < destination.Length; i++)
        {
            destination[i] = pattern switch
            {
                ValuePattern.Zero or ValuePattern.Spike => 0,
                ValuePattern.NegativeZero => -0.0,
                ValuePattern.Maximum => maxAbs,
                ValuePattern.Minimum => -maxAbs,
                ValuePattern.Alternating => i % 2 == 0 ? maxAbs : -maxAbs,
                ValuePattern.RandomSigns => random.Next(2) == 0 ? maxAbs : -maxAbs,
                ValuePattern.Subnormal => (random.Next(2) == 0 ? 1 : -1) * Math.ScaleB(1, -1074 + random.Next(60)),
                ValuePattern.Uniform => maxAbs * ((2 * random.NextDouble()) - 1),
                ValuePattern.ManyScales => maxAbs * ((2 * random.NextDouble()) - 1) * Math.ScaleB(1, -random.Next(60)),
                _ => throw new ArgumentOutOfRangeException(nameof(pattern)),
            };
        }

        if (pattern == ValuePattern.Spike)
        {
            destination[random.Next(destination.Length)] = maxAbs;
        }
    }

    /// <summary>Creates a vector of a pattern.</summary>
    public static double[] Create(int length, ValuePattern pattern, double maxAbs, Random random)
    {
        var values = new double[length];
        Fill(values, pattern, maxAbs, random);
        return values;
    }

    /// <summary>Creates a vector of single precision, rounded toward zero so that the bound still holds.</summary>
    public static float[] CreateSingles(int length, ValuePattern pattern, double maxAbs, Random random)
    {
        double[] values = Create(length, pattern, maxAbs, random);
        return Array.ConvertAll(values, TowardsZero);
    }

    private static float TowardsZero(double value)
    {
        float rounded = (float)value;
        return Math.Abs((double)rounded) <= Math.Abs(value)
            ? rounded
            : value > 0 ? MathF.BitDecrement(rounded) : MathF.BitIncrement(rounded);
    }
}
