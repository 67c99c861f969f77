using FedHe.Crypto.KeyAdditive.Keys;
using FedHe.Crypto.Sharing;
using FedHe.Crypto.Tests.Random;

namespace FedHe.Crypto.Tests.Sharing;

/// <summary>Fewer than t shares are uniform, whatever the key is; t shares are not.</summary>
public sealed class SharingSecrecyTests
{
    private const int Seed = 11;
    private const int Keys = 16;
    private const int Bins = 16;

    // 255 degrees of freedom exceed 400 with probability 10^-8.
    private const double Limit = 400;

    [Theory]
    [InlineData(4, 3)]
    [InlineData(7, 5)]
    public void SharesBelowTheThreshold_AreUniformAndIndependentOfTheKey(int members, int threshold)
    {
        var sharing = new RoundKeySharing(new SharingParameters(members, threshold, RoundKeys.Length));
        List<ushort[][]> least = SharesOf(sharing, isNegative: true);
        List<ushort[][]> most = SharesOf(sharing, isNegative: false);
        foreach (int[] set in RoundKeys.SetsOf(threshold - 1, members))
        {
            // Two projections of the shares at a time: sums under factors that interpolation at 0 would use, and random ones.
            var random = new System.Random(Seed);
            foreach (int[][] factors in (int[][][])[FirstTwo(set), InterpolationFactors(set), Factors(random, set)])
            {
                double[] leastCounts = Histogram(least, set, factors);
                double[] mostCounts = Histogram(most, set, factors);
                ChiSquareOfUniform(leastCounts).Should().BeLessThan(Limit, "seed {0}, members {1}", Seed, set);
                ChiSquareOfUniform(mostCounts).Should().BeLessThan(Limit, "seed {0}, members {1}", Seed, set);
                ChiSquareOfTwo(leastCounts, mostCounts).Should().BeLessThan(Limit, "seed {0}, members {1}", Seed, set);
            }
        }
    }

    [Fact]
    public void SharesOfTheThreshold_AreNot()
    {
        // The same test finds out a sharing whose polynomials have a degree too low.
        var sharing = new RoundKeySharing(new SharingParameters(members: 4, threshold: 3, RoundKeys.Length));
        int[] set = [0, 1, 3];
        int[][] factors = InterpolationFactors(set);
        double[] least = Histogram(SharesOf(sharing, isNegative: true), set, factors);
        double[] most = Histogram(SharesOf(sharing, isNegative: false), set, factors);
        ChiSquareOfUniform(least).Should().BeGreaterThan(10 * Limit);
        ChiSquareOfTwo(least, most).Should().BeGreaterThan(10 * Limit);
    }

    private static List<ushort[][]> SharesOf(RoundKeySharing sharing, bool isNegative)
    {
        var random = new DeterministicRandomSource(isNegative ? Seed : Seed + 1);
        using RoundKey key = RoundKeys.Extreme(isNegative);
        return [.. Enumerable.Range(0, Keys).Select(_ => sharing.Share(key, random).Select(RoundKeys.ElementsOf).ToArray())];
    }

    /// <summary>The shares of the first two members themselves.</summary>
    private static int[][] FirstTwo(int[] set)
        => [[.. set.Select((_, i) => i == 0 ? 1 : 0)], [.. set.Select((_, i) => i == 1 ? 1 : 0)]];

    /// <summary>What would be the key if these members were enough, and the last member's share.</summary>
    private static int[][] InterpolationFactors(int[] set)
        =>
        [
            [.. set.Select(own => (int)set.Where(other => other != own).Aggregate(
                1L, (product, other) => Modulo(product * (other + 1) % SharingParameters.Prime * Inverse(other - own))))],
            [.. set.Select((_, i) => i == set.Length - 1 ? 1 : 0)],
        ];

    private static int[][] Factors(System.Random random, int[] set)
        => [[.. set.Select(_ => random.Next(SharingParameters.Prime))], [.. set.Select(_ => random.Next(SharingParameters.Prime))]];

    private static double[] Histogram(List<ushort[][]> keys, int[] set, int[][] factors)
    {
        var counts = new double[Bins * Bins];
        foreach (ushort[][] shares in keys)
        {
            for (int i = 0; i < RoundKeys.Length; i++)
            {
                counts[(Bin(shares, set, factors[0], i) * Bins) + Bin(shares, set, factors[1], i)]++;
            }
        }

        return counts;
    }

    private static int Bin(ushort[][] shares, int[] set, int[] factors, int position)
    {
        long sum = 0;
        for (int i = 0; i < set.Length; i++)
        {
            sum += (long)factors[i] * shares[set[i]][position];
        }

        return (int)(sum % SharingParameters.Prime * Bins / SharingParameters.Prime);
    }

    private static double ChiSquareOfUniform(double[] counts)
    {
        double expected = counts.Sum() / counts.Length;
        return counts.Sum(count => (count - expected) * (count - expected) / expected);
    }

    private static double ChiSquareOfTwo(double[] first, double[] second)
        => first.Zip(second, (x, y) => x + y == 0 ? 0 : (x - y) * (x - y) / (x + y)).Sum();

    private static long Modulo(long x) => ((x % SharingParameters.Prime) + SharingParameters.Prime) % SharingParameters.Prime;

    private static long Inverse(int x)
        => (long)System.Numerics.BigInteger.ModPow(Modulo(x), SharingParameters.Prime - 2, SharingParameters.Prime);
}
