using FedHe.Privacy.Calibration;
using FedHe.Privacy.Errors;
using FedHe.Privacy.Tests.Support;

namespace FedHe.Privacy.Tests.Calibration;

/// <summary>Published and independently computed values of the Gaussian mechanism.</summary>
public sealed class GaussianCalibrationTests
{
    [Theory]
    [InlineData(1, 1e-5, 1, 3.730631634816)]
    [InlineData(0.5, 1e-5, 1, 7.031826675582)]
    [InlineData(2, 1e-5, 1, 1.993812445644)]
    [InlineData(8, 1e-5, 1, 0.600229072199)]
    [InlineData(1, 1e-6, 1, 4.224678889327)]
    [InlineData(0.1, 1e-6, 1, 36.304690426196)]
    [InlineData(1.0986122886681098, 1e-5, 1, 3.424662398)]
    [InlineData(1.3862943611198906, 2e-5, 3, 7.984911616)]
    public void Deviation_OfKnownClaims_IsTheExactOne(double epsilon, double delta, double sensitivity, double expected)
        => GaussianCalibration.Deviation(epsilon, delta, sensitivity).Should().BeApproximately(expected, expected > 30 ? 1e-11 : 1e-9);

    [Theory]
    [InlineData(1, 1e-5, 3.730631634816)]
    [InlineData(0.5, 1e-5, 7.031826675582)]
    [InlineData(2, 1e-5, 1.993812445644)]
    [InlineData(8, 1e-5, 0.600229072199)]
    [InlineData(1, 1e-6, 4.224678889327)]
    [InlineData(0.1, 1e-6, 36.304690426196)]
    public void Deviation_OfVerifiedClaims_AgreesToTwelveDigits(double epsilon, double delta, double expected)
        => GaussianCalibration.Deviation(epsilon, delta, 1).Should().BeApproximately(expected, 1e-12 * Math.Max(1, expected));

    [Theory]
    [InlineData(0.01, 1e-9)]
    [InlineData(1, 1e-5)]
    [InlineData(20, 1e-30)]
    public void Epsilon_OfACalibratedDeviation_IsTheClaimedOne(double epsilon, double delta)
    {
        double deviation = GaussianCalibration.Deviation(epsilon, delta, 2);
        GaussianCalibration.Epsilon(deviation, delta, 2).Should().BeApproximately(epsilon, 1e-9 * epsilon).And.BeLessThanOrEqualTo(epsilon * (1 + 1e-12));
        GaussianCalibration.Delta(epsilon, deviation, 2).Should().BeLessThanOrEqualTo(delta).And.BeApproximately(delta, 1e-9 * delta);
    }

    [Fact]
    public void ClassicalFormula_AtEpsilonTen_WouldViolateItsClaimAndIsRefused()
    {
        double classical = Math.Sqrt(2 * Math.Log(1.25 / 1e-10)) / 10;
        classical.Should().BeApproximately(0.681894, 1e-6);
        GaussianCalibration.Deviation(10, 1e-10, 1).Should().BeApproximately(0.683044, 1e-6).And.BeGreaterThan(classical);
        Refusal.Of(() => GaussianCalibration.ClassicalDeviation(10, 1e-10, 1), PrivacyError.TheoremDoesNotApply);
        Refusal.Of(() => GaussianCalibration.ClassicalEpsilon(classical, 1e-10, 1), PrivacyError.TheoremDoesNotApply);
    }

    [Fact]
    public void ClassicalFormula_BelowEpsilonOne_IsItsOwnInverse()
    {
        double deviation = GaussianCalibration.ClassicalDeviation(0.5, 1e-5, 3);
        deviation.Should().BeGreaterThan(GaussianCalibration.Deviation(0.5, 1e-5, 3));
        GaussianCalibration.ClassicalEpsilon(deviation, 1e-5, 3).Should().BeApproximately(0.5, 1e-12);
    }

    [Theory]
    [InlineData(0, 1e-5, 1, PrivacyError.EpsilonOutOfRange)]
    [InlineData(-1, 1e-5, 1, PrivacyError.EpsilonOutOfRange)]
    [InlineData(double.NaN, 1e-5, 1, PrivacyError.EpsilonOutOfRange)]
    [InlineData(double.PositiveInfinity, 1e-5, 1, PrivacyError.EpsilonOutOfRange)]
    [InlineData(1, 0, 1, PrivacyError.DeltaOutOfRange)]
    [InlineData(1, 1, 1, PrivacyError.DeltaOutOfRange)]
    [InlineData(1, double.NaN, 1, PrivacyError.DeltaOutOfRange)]
    [InlineData(1, 1e-5, 0, PrivacyError.SensitivityOutOfRange)]
    [InlineData(1, 1e-5, double.PositiveInfinity, PrivacyError.SensitivityOutOfRange)]
    public void Deviation_OfImpossibleNumbers_IsRefusedByName(double epsilon, double delta, double sensitivity, PrivacyError error)
    {
        Refusal.Of(() => GaussianCalibration.Deviation(epsilon, delta, sensitivity), error);
        Refusal.Of(() => GaussianCalibration.ClassicalDeviation(epsilon, delta, sensitivity), error);
    }

    [Fact]
    public void Laplace_ScaleAndEpsilon_AreInverse()
    {
        LaplaceCalibration.Scale(0.25, 2).Should().Be(8);
        LaplaceCalibration.Epsilon(8, 2).Should().Be(0.25);
        Refusal.Of(() => LaplaceCalibration.Scale(0, 2), PrivacyError.EpsilonOutOfRange);
        Refusal.Of(() => LaplaceCalibration.Epsilon(0, 2), PrivacyError.NoiseOutOfRange);
    }
}
