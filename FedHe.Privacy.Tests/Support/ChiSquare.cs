using FedHe.Privacy.Numerics;

namespace FedHe.Privacy.Tests.Support;

/// <summary>Pearson's test of samples against exact probabilities.</summary>
internal static class ChiSquare
{
    private const double SmallestExpectation = 50;

    /// <summary>Asserts that samples do not deviate from the probabilities of 0, +-1, +-2, ... by more than chance, but for one time in 10^9.</summary>
    /// <param name="samples">The samples.</param>
    /// <param name="probabilities">The probabilities of 0, 1, 2, ... of a symmetric distribution.</param>
    /// <param name="reason">What to print in a failure.</param>
    public static void ShouldFit(ReadOnlySpan<long> samples, IReadOnlyList<double> probabilities, string reason)
    {
        // One cell for every integer, and one for each tail, where less than some are expected.
        int last = 0;
        while (last + 1 < probabilities.Count && probabilities[last + 1] * samples.Length >= SmallestExpectation)
        {
            last++;
        }

        var counts = new long[(2 * last) + 3];
        foreach (long sample in samples)
        {
            counts[Math.Clamp(sample, -last - 1, last + 1) + last + 1]++;
        }

        double tail = (1 - probabilities[0] - (2 * probabilities.Skip(1).Take(last).Sum())) / 2;
        double statistic = 0;
        int cells = 0;
        for (int i = 0; i < counts.Length; i++)
        {
            long value = i - last - 1;
            double expected = samples.Length * (Math.Abs(value) > last ? tail : probabilities[(int)Math.Abs(value)]);
            if (expected >= 5)
            {
                statistic += (counts[i] - expected) * (counts[i] - expected) / expected;
                cells++;
            }
        }

        ShouldBeChance(statistic, cells - 1, reason);
    }

    /// <summary>Asserts the same for a distribution that is too wide for one cell an integer, in 64 cells of the normal distribution.</summary>
    public static void ShouldFitNormal(ReadOnlySpan<long> samples, double deviation, string reason)
    {
        const int Cells = 64;
        var counts = new long[Cells];
        foreach (long sample in samples)
        {
            counts[Math.Min(Cells - 1, (int)(Cells * Normal.Cdf(sample / deviation)))]++;
        }

        double expected = samples.Length / (double)Cells;
        ShouldBeChance(counts.Sum(count => (count - expected) * (count - expected) / expected), Cells - 1, reason);
    }

    private static void ShouldBeChance(double statistic, int freedom, string reason)
    {
        // Wilson and Hilferty: the cube root of statistic / freedom is nearly normal.
        double variance = 2.0 / (9 * freedom);
        double score = (Math.Cbrt(statistic / freedom) - (1 - variance)) / Math.Sqrt(variance);
        score.Should().BeInRange(-6, 6, $"{reason}: chi-square {statistic:F1} with {freedom} degrees of freedom");
    }
}
