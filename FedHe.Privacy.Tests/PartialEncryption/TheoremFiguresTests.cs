using FedHe.Privacy.Errors;
using FedHe.Privacy.PartialEncryption;
using FedHe.Privacy.Releases;
using FedHe.Privacy.Tests.Support;

namespace FedHe.Privacy.Tests.PartialEncryption;

/// <summary>The paper's figures, where its assumptions hold and where they do not.</summary>
public sealed class TheoremFiguresTests
{
    [Fact]
    public void UniformSensitivities_GiveThePapersFigures()
    {
        TheoremFigures figures = TheoremFigures.OfUniformSensitivities(1000, 0.3, 50);
        figures.All.Should().Be(10);
        figures.Random.Should().BeApproximately(7, 1e-12);
        figures.Selective.Should().BeApproximately(4.9, 1e-12);
        figures.Basis.Should().Be(TheoremBasis.UniformSensitivities);
    }

    [Fact]
    public void SensitivityMap_OfUniformValues_AgreesWithThePaper()
    {
        const int Count = 100_000;
        double[] map = [.. Enumerable.Range(0, Count).Select(i => (i + 0.5) / Count)];
        bool[] mask = [.. Enumerable.Range(0, Count).Select(i => i >= 0.7 * Count)];
        TheoremFigures figures = TheoremFigures.OfSensitivityMap(map, mask, 1);
        (figures.Selective / figures.All).Should().BeApproximately(0.49, 1e-4);
        (figures.Random / figures.All).Should().BeApproximately(0.7, 1e-9);
    }

    [Theory]
    [InlineData(0.1, 0.670)]
    [InlineData(0.3, 0.339)]
    public void SensitivityMap_OfExponentialValues_IsNotThatOfThePaper(double ratio, double expected)
    {
        const int Count = 100_000;
        double[] map = [.. Enumerable.Range(0, Count).Select(i => -Math.Log(1 - ((i + 0.5) / Count)))];
        bool[] mask = [.. Enumerable.Range(0, Count).Select(i => i >= (1 - ratio) * Count)];
        TheoremFigures figures = TheoremFigures.OfSensitivityMap(map, mask, 1);
        (figures.Selective / figures.All).Should().BeApproximately(expected, 1e-3).And.BeApproximately(1 - ratio + (ratio * Math.Log(ratio)), 1e-3);
    }

    [Fact]
    public void ClippedNorms_AreTheOnlyFiguresThatAreAccountedFor()
    {
        TheoremFigures figures = TheoremFigures.OfClippedNorms(wholeClip: 8, clearClip: 2, scale: 4);
        figures.All.Should().Be(2);
        figures.Random.Should().Be(2, "the worst values may be among those that chance leaves in clear");
        figures.Selective.Should().Be(0.5);
        ((PureRelease)figures.DescribeRound(0)!).Epsilon.Should().Be(0.5);
        TheoremFigures.OfClippedNorms(8, 0, 4).DescribeRound(0).Should().BeNull();
        Refusal.Of(() => TheoremFigures.OfUniformSensitivities(10, 0.1, 1).DescribeRound(0), PrivacyError.TheoremDoesNotApply);
        Refusal.Of(() => TheoremFigures.OfSensitivityMap([1], [false], 1).DescribeRound(0), PrivacyError.TheoremDoesNotApply);
    }

    [Fact]
    public void Figures_OfImpossibleNumbers_AreRefusedByName()
    {
        Refusal.Of(() => TheoremFigures.OfUniformSensitivities(0, 0.1, 1), PrivacyError.WrongLength);
        Refusal.Of(() => TheoremFigures.OfUniformSensitivities(1, 1.1, 1), PrivacyError.ProbabilityOutOfRange);
        Refusal.Of(() => TheoremFigures.OfUniformSensitivities(1, 0.1, 0), PrivacyError.NoiseOutOfRange);
        Refusal.Of(() => TheoremFigures.OfSensitivityMap([], [], 1), PrivacyError.WrongLength);
        Refusal.Of(() => TheoremFigures.OfSensitivityMap([1], [], 1), PrivacyError.WrongLength);
        Refusal.Of(() => TheoremFigures.OfSensitivityMap([-1], [true], 1), PrivacyError.NotFinite);
        Refusal.Of(() => TheoremFigures.OfClippedNorms(0, 0, 1), PrivacyError.ClipOutOfRange);
        Refusal.Of(() => TheoremFigures.OfClippedNorms(1, 2, 1), PrivacyError.ClipOutOfRange);
    }
}
