using FedHe.Privacy.Numerics;
using FedHe.Privacy.Releases;
using FedHe.Privacy.Sampling;

namespace FedHe.Privacy.Tests.Vectors;

/// <summary>
/// Discrete Gaussian noise has exactly the divergence that the formula of continuous noise names, wherever the order times the shift is an integer.
/// </summary>
/// <remarks>
/// Of the same source, the sampler by rejection is not imitated, since its running time tells the magnitude, nor is rounding to the nearest
/// integer with its sensitivity C + sqrt(d) / 2, since it has a bias: <see cref="Rounding.RoundingTests"/> has the bounds of rounding at random.
/// </remarks>
public sealed class GridVectorTests
{
    [Theory]
    [InlineData(1, 1, 2)]
    [InlineData(1.5, 1, 8)]
    [InlineData(6, 2, 30)]
    [InlineData(6, 2, 2.5)]
    [InlineData(10, 4, 1.25)]
    public void DiscreteGaussian_Divergence_IsTheFormulaExactly(double deviation, int shift, double order)
    {
        double rho = shift * shift / (2 * deviation * deviation);
        var release = new DiscreteGaussianRelease(deviation / shift, 0);
        release.Concentration.Should().BeApproximately(rho, 1e-15 * rho);
        release.RenyiDivergence(order).Should().BeApproximately(order * rho, 1e-14 * order * rho);

        double exact = DivergenceOf(DiscreteGaussianLayers.Probabilities(FixedPoint.Of(deviation * deviation)), shift, order);
        exact.Should().BeApproximately(order * rho, 1e-12 * order * rho);
    }

    [Theory]
    [InlineData(1.5, 1, 1.5)]
    [InlineData(1, 1, 2.5)]
    public void DiscreteGaussian_DivergenceBetween_IsBelowTheFormula(double deviation, int shift, double order)
    {
        double bound = new DiscreteGaussianRelease(deviation / shift, 0).RenyiDivergence(order);
        double exact = DivergenceOf(DiscreteGaussianLayers.Probabilities(FixedPoint.Of(deviation * deviation)), shift, order);
        exact.Should().BeLessThan(bound).And.BeGreaterThan(bound * 0.9);
    }

    private static double DivergenceOf(IReadOnlyList<FixedPoint> half, int shift, double order)
    {
        double Log(int k) => Math.Log(half[Math.Abs(k)].ToDouble());
        int last = half.Count - 1;
        while (half[last].ToDouble() < 1e-300)
        {
            last--;
        }

        double sum = Enumerable.Range(shift - last, (2 * last) - shift + 1)
            .Sum(k => Math.Exp((order * Log(k)) + ((1 - order) * Log(k - shift))));
        return Math.Log(sum) / (order - 1);
    }
}
