using FedHe.Privacy.Composition;
using FedHe.Privacy.Errors;
using FedHe.Privacy.Releases;
using FedHe.Privacy.Tests.Support;

namespace FedHe.Privacy.Tests.Vectors;

/// <summary>Renyi divergences of single releases and their conversion, to all digits that were computed independently.</summary>
public sealed class DivergenceVectorTests
{
    private static readonly SamplingSecrecy Secrecy = new("The test draws the sample itself.");

    [Theory]
    [InlineData(1, 2, 1)]
    [InlineData(2, 10, 1.25)]
    [InlineData(10, 100, 0.5)]
    public void Gaussian_Divergence_IsTheOrderByTwiceTheVariance(double multiplier, double order, double expected)
    {
        var release = new GaussianRelease(multiplier);
        release.RenyiDivergence(order).Should().Be(expected);
        ((RenyiComposition)new RenyiComposition([order]).Add(release, 1000)).Divergences[0].Should().BeApproximately(1000 * expected, 1e-12 * 1000 * expected);
    }

    [Theory]
    [InlineData(1, 2, "0.619123629999")]
    [InlineData(2, 2, "0.200303896174")]
    [InlineData(1, 10, "0.928682902097")]
    public void Laplace_Divergence_IsTheExactOne(double scale, double order, string digits)
        => Digits.ShouldBe(new LaplaceRelease(scale, 1).RenyiDivergence(order), digits);

    /// <remarks>
    /// The divergence of order 1 is a limit. Conversions never use it, since they divide by the order less 1, so it is refused, and the
    /// limit is taken here: by the polynomial through the divergences of sixteen orders between 1 and 2.
    /// </remarks>
    [Fact]
    public void Laplace_DivergenceTowardsOrderOne_IsTheRelativeEntropy()
    {
        var release = new LaplaceRelease(1, 1);
        Digits.ShouldBe(Limit(release), "0.367879441171");
        Limit(release).Should().BeApproximately(1 + Math.Exp(-1) - 1, 1e-13);
        Limit(new LaplaceRelease(2, 1)).Should().BeApproximately(0.5 + Math.Exp(-0.5) - 1, 1e-13);
        Refusal.Of(() => release.RenyiDivergence(1), PrivacyError.TheoremDoesNotApply);
    }

    /// <summary>Integer orders against the finite sum of the source, in exact fractions of the powers of e, which doubles sum without loss.</summary>
    [Theory]
    [InlineData(1, 0.5, 2)]
    [InlineData(2, 0.1, 5)]
    [InlineData(1.5, 0.04, 8)]
    public void SampledGaussian_DivergenceOfAnIntegerOrder_IsTheFiniteSum(double multiplier, double q, int order)
    {
        double moment = 0;
        double binomial = 1;
        for (int i = 0; i <= order; i++)
        {
            moment += binomial * Math.Pow(1 - q, order - i) * Math.Pow(q, i) * Math.Exp(((i * i) - i) / (2 * multiplier * multiplier));
            binomial = binomial * (order - i) / (i + 1);
        }

        double divergence = new SampledGaussianRelease(multiplier, q, Secrecy).RenyiDivergence(order);
        divergence.Should().BeApproximately(Math.Log(moment) / (order - 1), 1e-13 * (1 + divergence));
    }

    [Theory]
    [InlineData(2, 1, 1e-5)]
    [InlineData(32, 1.1, 1e-5)]
    [InlineData(1.1, 0.001, 1e-6)]
    public void Conversion_OfADivergence_IsTheTightFormula(double order, double divergence, double delta)
        => RenyiConversion.Epsilon(order, divergence, delta).Should().BeApproximately(
            divergence + Math.Log(1 - (1 / order)) - (Math.Log(delta * order) / (order - 1)), 1e-12);

    [Fact]
    public void Conversion_WhereTheResultIsNegativeOrDeltaSuffices_IsZero()
    {
        RenyiConversion.Epsilon(1000, 1e-9, 0.5).Should().Be(0, "the formula is negative");
        RenyiConversion.Epsilon(1.1, 1e-11, 1e-5).Should().Be(0, "delta^2 + e^-r - 1 is positive");
        RenyiConversion.Epsilon(1.1, 1.1e-10, 1e-5).Should().BePositive("it no longer is");
    }

    /// <summary>Returns the value at order 1 of the polynomial through the divergences of Chebyshev's points between 1 and 2 (Neville).</summary>
    private static double Limit(PrivacyRelease release)
    {
        const int Count = 16;
        double[] orders = [.. Enumerable.Range(0, Count).Select(k => 1.5 - (0.5 * Math.Cos(Math.PI * (k + 0.5) / Count)))];
        double[] values = [.. orders.Select(release.RenyiDivergence)];
        for (int degree = 1; degree < Count; degree++)
        {
            for (int i = 0; i + degree < Count; i++)
            {
                double low = orders[i];
                double high = orders[i + degree];
                values[i] = (((high - 1) * values[i]) - ((low - 1) * values[i + 1])) / (high - low);
            }
        }

        return values[0];
    }
}
