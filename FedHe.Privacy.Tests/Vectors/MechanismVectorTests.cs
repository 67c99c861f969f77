using FedHe.Privacy.Calibration;
using FedHe.Privacy.Errors;
using FedHe.Privacy.Tests.Support;

namespace FedHe.Privacy.Tests.Vectors;

/// <summary>The noise of one release for an epsilon and a delta, to all digits that were computed independently.</summary>
public sealed class MechanismVectorTests
{
    [Theory]
    [InlineData(1, 1, 1)]
    [InlineData(0.25, 2, 8)]
    [InlineData(8, 1, 0.125)]
    public void Laplace_Scale_IsTheSensitivityByEpsilon(double epsilon, double sensitivity, double scale)
    {
        LaplaceCalibration.Scale(epsilon, sensitivity).Should().Be(scale);
        LaplaceCalibration.Epsilon(scale, sensitivity).Should().Be(epsilon);
    }

    [Theory]
    [InlineData(1, 1e-5, "3.730631634816")]
    [InlineData(0.5, 1e-5, "7.031826675582")]
    [InlineData(2, 1e-5, "1.993812445644")]
    [InlineData(8, 1e-5, "0.600229072199")]
    [InlineData(1, 1e-6, "4.224678889327")]
    [InlineData(0.1, 1e-6, "36.304690426196")]
    public void AnalyticGaussian_Deviation_IsTheExactOne(double epsilon, double delta, string digits)
        => Digits.ShouldBe(GaussianCalibration.Deviation(epsilon, delta, 1), digits);

    /// <remarks>The test numerical-mechanisms_test.cc of Google's C++ library has the results of a search that rounds up.</remarks>
    [Theory]
    [InlineData(3, 1e-5, 1, "3.424662398", 3.42578125)]
    [InlineData(4, 2e-5, 3, "7.984911616", 7.986328125)]
    public void AnalyticGaussian_DeviationOfGooglesTest_IsTheExactOneAndNotThatOfItsSearch(
        double power, double delta, double sensitivity, string digits, double google)
    {
        double deviation = GaussianCalibration.Deviation(Math.Log(power), delta, sensitivity);
        Digits.ShouldBe(deviation, digits);
        google.Should().BeInRange(deviation, deviation * 1.001);
    }

    [Fact]
    public void ClassicalGaussian_AtEpsilonTen_ViolatesItsClaimAndIsRefused()
    {
        double classical = Math.Sqrt(2 * Math.Log(1.25 / 1e-10)) / 10;
        Digits.ShouldBe(classical, "0.681894");
        Digits.ShouldBe(GaussianCalibration.Deviation(10, 1e-10, 1), "0.683044");
        GaussianCalibration.Delta(10, classical, 1).Should().BeGreaterThan(1e-10);
        Refusal.Of(() => GaussianCalibration.ClassicalDeviation(10, 1e-10, 1), PrivacyError.TheoremDoesNotApply);
        Refusal.Of(() => GaussianCalibration.ClassicalEpsilon(classical, 1e-10, 1), PrivacyError.TheoremDoesNotApply);
    }
}
