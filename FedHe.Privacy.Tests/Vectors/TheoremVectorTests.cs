using FedHe.Privacy.Composition;
using FedHe.Privacy.Numerics;
using FedHe.Privacy.PartialEncryption;
using FedHe.Privacy.Releases;
using FedHe.Privacy.Tests.Support;

namespace FedHe.Privacy.Tests.Vectors;

/// <summary>What the paper's theorem leaves of J where the top p of a sensitivity map is encrypted, by the distribution of the map.</summary>
/// <remarks>
/// A map here has the means of 1000 equally probable parts of a distribution, so that its sums are exact however heavy the tail is.
/// </remarks>
public sealed class TheoremVectorTests
{
    private const int Parts = 1000;
    private const int Seed = 17;

    /// <summary>
    /// Distribution, p, the rest of J to three digits, the same to ten, and what another source simulated. With a heavy tail a simulation misses the
    /// rarest and largest values, so that its rest is too small in the last digit; those four numbers are not imitated.
    /// </summary>
    public static TheoryData<string, double, string, double, string> Rests => new()
    {
        { "uniform", 0.1, "0.810", 0.81, "0.810" },
        { "uniform", 0.3, "0.490", 0.49, "0.490" },
        { "half-normal", 0.1, "0.741", 0.741477287713, "0.741" },
        { "half-normal", 0.3, "0.416", 0.415557621471, "0.416" },
        { "exponential", 0.1, "0.670", 0.669741490701, "0.670" },
        { "exponential", 0.3, "0.339", 0.338808158702, "0.339" },
        { "lognormal 1", 0.1, "0.611", 0.610856308355, "0.610" },
        { "lognormal 1", 0.3, "0.317", 0.317179870364, "0.317" },
        { "lognormal 2", 0.1, "0.236", 0.236240415894, "0.235" },
        { "lognormal 2", 0.3, "0.070", 0.0700257214305, "0.070" },
        { "lognormal 3", 0.1, "0.043", 0.0428574261729, "0.042" },
        { "lognormal 3", 0.3, "0.007", 0.00665063487848, "0.006" },
    };

    [Theory]
    [MemberData(nameof(Rests))]
    public void SensitivityMap_WithItsTopEncrypted_LeavesTheRestOfItsDistribution(string distribution, double ratio, string digits, double exact, string simulated)
    {
        double[] map = MapOf(distribution);
        double[] smallestOfTop = [.. map.Order().Skip(Parts - (int)Math.Round(ratio * Parts)).Take(1)];
        bool[] encrypted = [.. map.Select(value => value >= smallestOfTop[0])];

        TheoremFigures figures = TheoremFigures.OfSensitivityMap(map, encrypted, scale: 2);

        figures.Basis.Should().Be(TheoremBasis.SensitivityMap);
        double rest = figures.Selective / figures.All;
        rest.Should().BeApproximately(exact, 1e-9, $"seed {Seed}");
        Digits.ShouldBe(rest, digits);
        (figures.Random / figures.All).Should().BeApproximately(1 - ratio, 1e-12);
        (rest - Digits.Value(simulated)).Should().BeInRange(-0.0005, 0.0013, "the simulated number is too small by no more than that");
    }

    [Theory]
    [InlineData(0.1, 0.9, 0.81)]
    [InlineData(0.3, 0.7, 0.49)]
    [InlineData(1, 0, 0)]
    public void UniformSensitivities_LeaveTheFactorsOfThePaper(double ratio, double random, double selective)
    {
        TheoremFigures figures = TheoremFigures.OfUniformSensitivities(1000, ratio, scale: 50);
        figures.Basis.Should().Be(TheoremBasis.UniformSensitivities);
        figures.All.Should().Be(10, "J is half of the values by the scale");
        figures.Random.Should().BeApproximately(random * 10, 1e-12);
        figures.Selective.Should().BeApproximately(selective * 10, 1e-12);
    }

    [Fact]
    public void ClippedNorm_OfTheClearPart_IsTheEpsilonOfARoundAndAddsUpToLess()
    {
        const int Rounds = 1000;
        TheoremFigures figures = TheoremFigures.OfClippedNorms(wholeClip: 1, clearClip: 0.25, scale: 50);
        figures.Basis.Should().Be(TheoremBasis.ClippedNorm);
        figures.Selective.Should().Be(0.005);
        PrivacyRelease round = figures.DescribeRound(0)!;
        new PureRelease(figures.Selective * Rounds).RenyiDivergence(1e6).Should().BeApproximately(5, 1e-4, "pure epsilons add up");
        new RenyiComposition().Add(round, Rounds).Epsilon(1e-5).Should().BeInRange(0.5, 1, "divergences add up to far less at a delta");
    }

    private static double[] MapOf(string distribution)
    {
        Func<double, double> partial = distribution switch
        {
            // The mean of a value, where the value is in the lowest fraction u, times u.
            "uniform" => u => u * u / 2,
            "half-normal" => u => Math.Sqrt(2 / Math.PI) * (1 - Math.Exp(-Math.Pow(Quantile((1 + u) / 2), 2) / 2)),
            "exponential" => u => u == 1 ? 1 : u + ((1 - u) * Math.Log(1 - u)),
            _ => u => Normal.Cdf(Quantile(u) - Digits.Value(distribution[^1..])),
        };
        double[] map = [.. Enumerable.Range(0, Parts).Select(i => Parts * (partial((i + 1.0) / Parts) - partial((double)i / Parts)))];
        new Random(Seed).Shuffle(map);
        return map;
    }

    private static double Quantile(double probability) => probability switch
    {
        0 => double.NegativeInfinity,
        1 => double.PositiveInfinity,
        _ => Search.SmallestWhere(x => Normal.Cdf(x) >= probability, -40, 40),
    };
}
