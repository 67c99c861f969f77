using FedHe.Privacy.Calibration;
using FedHe.Privacy.Errors;
using FedHe.Privacy.Tests.Support;

namespace FedHe.Privacy.Tests.Calibration;

/// <summary>Calibrations and their inverses, and what they refuse. Known values are in the tests of vectors.</summary>
public sealed class GaussianCalibrationTests
{
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
