using FedHe.Privacy.Budgets;
using FedHe.Privacy.Calibration;
using FedHe.Privacy.Composition;
using FedHe.Privacy.Errors;
using FedHe.Privacy.Ledgers;
using FedHe.Privacy.Releases;
using FedHe.Privacy.Tests.Support;

namespace FedHe.Privacy.Tests.Calibration;

/// <summary>Noise that is found for a number of releases: exactly so many fit.</summary>
public sealed class CompositionCalibrationTests
{
    private static readonly PrivacyBudget Budget = PrivacyBudget.ForRecords(RecordForm.LocalDpSgd, 8, 1e-5, 1);
    private static readonly SamplingSecrecy Secrecy = new("The test draws the sample itself.");

    [Theory]
    [InlineData(1)]
    [InlineData(60)]
    public void NoiseMultiplier_OfManyReleases_LetsThemFitAndNoMore(int count)
    {
        double multiplier = CompositionCalibration.NoiseMultiplier(Budget, CompositionMethod.Renyi, Sampled, count);
        var accountant = new PrivacyAccountant(Budget, CompositionMethod.Renyi);
        accountant.Spend("all", Sampled(multiplier), count);
        accountant.SpentEpsilon.Should().BeInRange(7.999, 8);
        accountant.WouldExceed(Sampled(multiplier)).Should().BeTrue();
        new PrivacyAccountant(Budget, CompositionMethod.Renyi).WouldExceed(Sampled(multiplier * 0.9999), count).Should().BeTrue("no less noise would do");
    }

    [Fact]
    public void NoiseMultiplier_OfGaussianNoise_IsTheConcentratedOne()
    {
        double multiplier = CompositionCalibration.NoiseMultiplier(Budget, CompositionMethod.Concentrated, noise => new GaussianRelease(noise), 25);
        PrivacyComposition composed = PrivacyComposition.Of(CompositionMethod.Concentrated).Add(new GaussianRelease(multiplier / 5));
        composed.Epsilon(1e-5).Should().BeApproximately(8, 1e-4, "25 releases cost what one with a fifth of the noise does");
    }

    [Fact]
    public void NoiseMultiplier_ThatNothingReaches_IsRefused()
        => Refusal.Of(
            () => CompositionCalibration.NoiseMultiplier(Budget, CompositionMethod.Renyi, noise => new DiscreteGaussianRelease(noise, 1e-5), 10),
            PrivacyError.NoiseOutOfRange);

    private static SampledDiscreteGaussianRelease Sampled(double noise) => new(noise, 0.25, Secrecy, 1e-13);
}
