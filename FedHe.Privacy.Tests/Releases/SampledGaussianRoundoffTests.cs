using FedHe.Privacy.Composition;
using FedHe.Privacy.Releases;

namespace FedHe.Privacy.Tests.Releases;

/// <summary>Divergences that doubles hardly resolve: bounds, and never free.</summary>
public sealed class SampledGaussianRoundoffTests
{
    private static readonly SamplingSecrecy Secrecy = new("The test draws the sample itself.");

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
}
