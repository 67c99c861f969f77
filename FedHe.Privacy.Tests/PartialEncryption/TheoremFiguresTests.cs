using FedHe.Privacy.Errors;
using FedHe.Privacy.PartialEncryption;
using FedHe.Privacy.Releases;
using FedHe.Privacy.Tests.Support;

namespace FedHe.Privacy.Tests.PartialEncryption;

/// <summary>Which of the paper's figures may be accounted for, and what they refuse. Known values are in the tests of vectors.</summary>
public sealed class TheoremFiguresTests
{
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
