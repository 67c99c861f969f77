using FedHe.Privacy.Calibration;
using FedHe.Privacy.Losses;

namespace FedHe.Privacy.Tests.Losses;

/// <summary>Grids of losses against curves that are known exactly: never below them, and close.</summary>
public sealed class LossGridTests
{
    [Theory]
    [InlineData(0.5)]
    [InlineData(1)]
    [InlineData(5)]
    public void Gaussian_Curve_LiesAboveTheExactOneAndNear(double multiplier)
    {
        LossGrid grid = LossGrid.Of(new GaussianLoss(multiplier).Directions[0], 1e-3);
        for (double epsilon = 0.0005; epsilon < 5; epsilon += 0.0773)
        {
            double exact = GaussianCalibration.DeltaOf(epsilon, multiplier);
            grid.Delta(epsilon).Should().BeGreaterThanOrEqualTo(exact * (1 - 1e-12)).And.BeLessThan((exact * 1.001) + 1e-12);
        }
    }

    [Fact]
    public void Gaussian_Composition_LiesAboveTheExactCurveAndNear()
    {
        LossGrid grid = LossGrid.Of(new GaussianLoss(10).Directions[0], 1e-3).Power(100);
        for (double epsilon = 0.1; epsilon < 6; epsilon += 0.37)
        {
            double exact = GaussianCalibration.DeltaOf(epsilon, 1);
            grid.Delta(epsilon).Should().BeGreaterThanOrEqualTo(exact).And.BeLessThan((exact * 1.001) + 1e-10);
        }
    }

    [Fact]
    public void Composition_ByPowerAndByPairs_Agrees()
    {
        LossGrid one = LossGrid.Of(new GaussianLoss(2).Directions[0], 1e-3);
        LossGrid pairs = one.Compose(one).Compose(one.Compose(one).Compose(one));
        LossGrid power = one.Power(5);
        foreach (double epsilon in new[] { 0.5, 1.5, 4 })
        {
            power.Delta(epsilon).Should().BeApproximately(pairs.Delta(epsilon), 1e-11);
        }
    }

    [Fact]
    public void RandomizedResponse_Composition_IsThatOfBinomialProbabilities()
    {
        const double Epsilon = 0.5;
        LossGrid grid = LossGrid.Of(new RandomizedResponseLoss(Epsilon).Directions[0], 1e-3).Power(4);
        double p = Math.Exp(Epsilon) / (1 + Math.Exp(Epsilon));
        double exact = 0;
        double[] binomials = [1, 4, 6, 4, 1];
        for (int lies = 0; lies <= 4; lies++)
        {
            double loss = Epsilon * (4 - (2 * lies));
            exact += binomials[lies] * Math.Pow(p, 4 - lies) * Math.Pow(1 - p, lies) * Math.Max(0, 1 - Math.Exp(0.7 - loss));
        }

        grid.Delta(0.7).Should().BeApproximately(exact, 1e-9).And.BeGreaterThanOrEqualTo(exact);
        grid.Delta(2.0001).Should().BeLessThan(1e-9, "pure differential privacy composes to at most four epsilons");
    }

    [Fact]
    public void Laplace_Curve_IsThatOfItsFormula()
    {
        LossGrid grid = LossGrid.Of(new LaplaceLoss(2).Directions[0], 1e-3);
        foreach (double epsilon in new[] { 0.05, 0.2, 0.45 })
        {
            grid.Delta(epsilon).Should().BeApproximately(1 - Math.Exp((epsilon - 0.5) / 2), 1e-6);
        }

        grid.Delta(0.5001).Should().BeLessThan(1e-15);
    }

    [Theory]
    [InlineData(0.01)]
    [InlineData(0.3)]
    public void Epsilon_OfADelta_IsTheInverse(double delta)
    {
        LossGrid grid = LossGrid.Of(new SampledGaussianLoss(1, 0.2).Directions[0], 1e-3).Power(10);
        double epsilon = grid.Epsilon(delta);
        if (epsilon > 0)
        {
            grid.Delta(epsilon).Should().BeApproximately(delta, 1e-12);
        }
        else
        {
            grid.Delta(0).Should().BeLessThanOrEqualTo(delta);
        }
    }

    [Fact]
    public void Epsilon_BelowTheInfiniteMass_IsInfinite()
        => LossGrid.Of(new GaussianLoss(10).Directions[0], 1e-3).Power(1000).Epsilon(1e-17).Should().Be(double.PositiveInfinity);

    [Theory]
    [InlineData(600)]
    [InlineData(708.5)]
    [InlineData(715)]
    [InlineData(744)]
    [InlineData(760)]
    [InlineData(3000)]
    public void Epsilon_OfLossesWhosePowersAreNoDoubles_IsAsLargeAsTheirDelta(double loss)
    {
        // Randomized response has all of its mass but e^-epsilon at one loss.
        LossGrid grid = LossGrid.Of(new RandomizedResponseLoss(loss).Directions[0], 1e-3);
        foreach (double delta in new[] { 1e-5, 0.3, 0.9 })
        {
            double epsilon = grid.Epsilon(delta);
            epsilon.Should().BeGreaterThanOrEqualTo(loss + Math.Log(1 - delta) - 1e-9).And.BeLessThan(loss + Math.Log(1 - delta) + 0.003);
            grid.Delta(epsilon).Should().BeApproximately(delta, 1e-9);
        }
    }

    [Theory]
    [InlineData(0.05)]
    [InlineData(0.0265)]
    [InlineData(0.02)]
    public void Gaussian_WithMuchTooLittleNoise_IsNotFree(double multiplier)
    {
        LossGrid grid = LossGrid.Of(new GaussianLoss(multiplier).Directions[0], 1e-2);
        double exact = GaussianCalibration.Epsilon(multiplier, 1e-5, 1);
        grid.Epsilon(1e-5).Should().BeGreaterThanOrEqualTo(exact * (1 - 1e-12)).And.BeLessThan(exact + 0.05);
    }

    [Fact]
    public void Gaussian_CompositionOfLargeLosses_IsThatOfTheSumOfThem()
    {
        LossGrid grid = LossGrid.Of(new GaussianLoss(0.1).Directions[0], 1e-2).Power(20);
        double exact = GaussianCalibration.Epsilon(0.1 / Math.Sqrt(20), 1e-5, 1);
        exact.Should().BeGreaterThan(1000);
        grid.Epsilon(1e-5).Should().BeGreaterThanOrEqualTo(exact).And.BeLessThan(exact + 1);
    }

    [Theory]
    [InlineData(0.5)]
    [InlineData(0.001)]
    public void SampledGaussian_WithMuchTooLittleNoise_IsNotFree(double probability)
    {
        // Given that the unit is in the sample, the loss is about the Gaussian's loss plus ln(probability).
        const double Multiplier = 0.02;
        LossGrid grid = LossGrid.Of(new SampledGaussianLoss(Multiplier, probability).Directions[0], 1e-2);
        double exact = GaussianCalibration.Epsilon(Multiplier, 1e-5 / probability, 1) + Math.Log(probability);
        grid.Epsilon(1e-5).Should().BeGreaterThanOrEqualTo(exact - 1e-6).And.BeLessThan(exact + 0.1);
    }

    [Fact]
    public void SampledGaussian_OfEverybody_IsTheGaussian()
    {
        LossGrid almost = LossGrid.Of(new SampledGaussianLoss(1, 1 - 1e-12).Directions[0], 1e-3);
        almost.Delta(1).Should().BeApproximately(GaussianCalibration.DeltaOf(1, 1), 1e-6);
    }
}
