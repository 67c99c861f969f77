using FedHe.Privacy.Composition;
using FedHe.Privacy.Releases;

namespace FedHe.Privacy.Tests.Composition;

/// <summary>Values that other libraries' tests publish, and values that were computed independently of all of them.</summary>
public sealed class VectorTests
{
    private static readonly SamplingSecrecy Secrecy = new("The test draws the sample itself.");

    private static readonly double[] OpacusOrders =
        [.. Enumerable.Range(11, 99).Select(tenth => tenth / 10.0), .. Enumerable.Range(12, 52).Select(order => (double)order)];

    private static readonly double[] TensorFlowOrders =
        [1.25, 1.5, 1.75, 2, 2.25, 2.5, 3, 3.5, 4, 4.5, .. Enumerable.Range(5, 59).Select(order => (double)order), 128, 256, 512];

    [Theory]
    [InlineData(1, 2, 0.619123629999)]
    [InlineData(2, 2, 0.200303896174)]
    [InlineData(1, 10, 0.928682902097)]
    public void Laplace_Divergence_IsTheKnownOne(double scale, double order, double expected)
        => new LaplaceRelease(scale, 1).RenyiDivergence(order).Should().BeApproximately(expected, 1e-12);

    [Fact]
    public void Laplace_DivergenceNearOrderOne_IsTheKnownOne()
        => new LaplaceRelease(1, 1).RenyiDivergence(1 + 1e-6).Should().BeApproximately(0.367879441171, 1e-6);

    [Theory]
    [InlineData(1, 1e-8, 1.1, 9.450549826668e-17)]
    [InlineData(1, 1e-7, 1.5, 1.288711197211e-14)]
    [InlineData(1, 1e-7, 8, 6.873138458421e-14)]
    [InlineData(10, 1e-5, 1.9, 9.547658633679e-13)]
    [InlineData(0.3, 0.2, 2.3, 9.930315674743037)]
    [InlineData(100, 0.5, 1.1, 1.37502062475e-5)]
    public void SampledGaussian_DivergenceThatDoublesHardlyResolve_IsNeverBelowTheExactOne(
        double multiplier, double probability, double order, double exact)
        => new SampledGaussianRelease(multiplier, probability, Secrecy).RenyiDivergence(order).Should().BeGreaterThanOrEqualTo(exact);

    [Fact]
    public void SampledGaussian_OfARareSampleAndManySteps_IsNotFree()
    {
        // By the central limit theorem the steps are one Gaussian release of multiplier 241, whose epsilon is 0.0101.
        PrivacyComposition composition = new RenyiComposition().Add(new SampledGaussianRelease(1, 1e-8, Secrecy), 100_000_000_000);
        composition.Epsilon(1e-5).Should().BeInRange(0.0101, 0.5);
    }

    [Theory]
    [InlineData(1.5, 6.500708972e-4)]
    [InlineData(2.5, 1.085418057e-3)]
    [InlineData(5, 2.180756562e-3)]
    [InlineData(50, 2.384603754e-2)]
    [InlineData(100, 167.4163075)]
    public void SampledGaussian_Divergence_IsTheExactOneWithSigns(double order, double expected)
        => (50 * new SampledGaussianRelease(2.5, 0.01, Secrecy).RenyiDivergence(order)).Should().BeApproximately(expected, 6e-10 * expected);

    [Fact]
    public void SampledGaussian_DivergenceWithoutSigns_IsNotImitated()
        => (50 * new SampledGaussianRelease(2.5, 0.01, Secrecy).RenyiDivergence(1.5)).Should().BeLessThan(6.70579741e-4 * 0.99);

    [Fact]
    public void Epsilon_OfOpacusExample_IsTheKnownOne()
    {
        PrivacyComposition composition = new RenyiComposition(OpacusOrders).Add(new SampledGaussianRelease(1.5, 0.04, Secrecy), 2250);
        composition.Epsilon(1e-5).Should().BeApproximately(7.32911117148, 1e-10);
        ((RenyiComposition)composition).BestOrder(1e-5).Should().Be(3.9);
    }

    [Theory]
    [InlineData(60000, 150, 1.3, 15, 1e-5, 0.72422340261062, 19)]
    [InlineData(100000, 100, 1.0, 30, 1e-7, 1.41549884954451, 13)]
    public void Epsilon_OfTensorFlowExamples_IsTheKnownOne(
        int records, int batch, double multiplier, int epochs, double delta, double expected, double order)
    {
        long steps = (long)Math.Ceiling((double)epochs * records / batch);
        PrivacyComposition composition = new RenyiComposition(TensorFlowOrders).Add(
            new SampledGaussianRelease(multiplier, (double)batch / records, Secrecy), steps);
        composition.Epsilon(delta).Should().BeApproximately(expected, 1e-12);
        ((RenyiComposition)composition).BestOrder(delta).Should().Be(order);
    }

    [Fact]
    public void Epsilon_OfAConstantDivergence_IsTheKnownOne()
    {
        double[] epsilons = [.. Enumerable.Range(2, 31).Select(order => RenyiConversion.Epsilon(order, 1.1, 1e-5))];
        epsilons.Min().Should().BeApproximately(1.327838061755, 1e-12);
        Array.IndexOf(epsilons, epsilons.Min()).Should().Be(30);
    }

    [Fact]
    public void Epsilon_OfACalibratedGaussian_IsOne()
    {
        double[] orders = [.. Enumerable.Range(1, 100_000).Select(step => 1.01 + (step * 1e-3))];
        new RenyiComposition(orders).Add(new GaussianRelease(4.530877117)).Epsilon(1e-6).Should().BeApproximately(1.00000000027, 1e-8);
        new ConcentratedComposition().Add(new GaussianRelease(4.530877117)).Epsilon(1e-6).Should().BeApproximately(1.00000000027, 1e-8);
    }

    [Fact]
    public void Epsilon_OfAHundredGaussians_IsTheKnownOneUnderEveryMethod()
    {
        var release = new GaussianRelease(10);
        new RenyiComposition(OpacusOrders).Add(release, 100).Epsilon(1e-5).Should().BeApproximately(4.7285070672, 1e-10);
        new LossComposition().Add(release, 100).Epsilon(1e-5).Should().BeInRange(4.377178095681, 4.377178095681 + 1e-4);
        FedHe.Privacy.Calibration.GaussianCalibration.Epsilon(1, 1e-5, 1).Should().BeApproximately(4.377178095681, 1e-11);
    }

    [Fact]
    public void Epsilon_OfOpacusExampleByLossDistributions_IsThatOfOtherAccountants()
    {
        // Opacus' PRV accountant says 6.777395712150674 for the 2250 steps, give or take its error of 0.01.
        double epsilon = new LossComposition().Add(new SampledGaussianRelease(1.5, 0.04, Secrecy), 2250).Epsilon(1e-5);
        epsilon.Should().BeInRange(6.60, 6.79);
    }

    [Theory]
    [InlineData(2250, 1.416)]
    [InlineData(2000, 1.3562)]
    public void NoiseMultiplier_ThatOpacusFinds_KeepsEpsilonEight(int steps, double multiplier)
    {
        double Epsilon(double m) => new RenyiComposition(OpacusOrders).Add(new SampledGaussianRelease(m, 0.04, Secrecy), steps).Epsilon(1e-5);
        Epsilon(multiplier + 2e-3).Should().BeLessThan(8.0 + 0.02);
        Epsilon(multiplier - 5e-3).Should().BeGreaterThan(8.0 - 0.02);
    }
}
