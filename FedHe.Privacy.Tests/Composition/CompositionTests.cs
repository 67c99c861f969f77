using FedHe.Privacy.Composition;
using FedHe.Privacy.Errors;
using FedHe.Privacy.Releases;
using FedHe.Privacy.Tests.Support;

namespace FedHe.Privacy.Tests.Composition;

/// <summary>What compositions of all methods have in common, and what each refuses.</summary>
public sealed class CompositionTests
{
    private static readonly SamplingSecrecy Secrecy = new("The test draws the sample itself.");

    public static TheoryData<CompositionMethod> Methods => [.. Enum.GetValues<CompositionMethod>()];

    [Theory]
    [MemberData(nameof(Methods))]
    public void Epsilon_OfNothing_IsZero(CompositionMethod method) => PrivacyComposition.Of(method).Epsilon(1e-5).Should().Be(0);

    [Theory]
    [MemberData(nameof(Methods))]
    public void Epsilon_OfMoreReleases_IsLarger(CompositionMethod method)
    {
        PrivacyComposition one = PrivacyComposition.Of(method).Add(new GaussianRelease(3));
        PrivacyComposition two = one.Add(new LaplaceRelease(5, 1), 2);
        two.Epsilon(1e-5).Should().BeGreaterThan(one.Epsilon(1e-5)).And.BeLessThan(3);
        one.Add(new GaussianRelease(3), 3).Epsilon(1e-5).Should().BeApproximately(PrivacyComposition.Of(method).Add(new GaussianRelease(3), 4).Epsilon(1e-5), 1e-9);
    }

    [Theory]
    [MemberData(nameof(Methods))]
    public void Delta_OfTheEpsilonOfADelta_IsThatDelta(CompositionMethod method)
    {
        PrivacyComposition composition = PrivacyComposition.Of(method).Add(new GaussianRelease(4), 5);
        composition.Delta(composition.Epsilon(1e-6)).Should().BeApproximately(1e-6, 1e-9);
    }

    [Theory]
    [MemberData(nameof(Methods))]
    public void Distance_OfTheNoise_IsChargedToDelta(CompositionMethod method)
    {
        PrivacyComposition exact = PrivacyComposition.Of(method).Add(new GaussianRelease(4));
        PrivacyComposition close = PrivacyComposition.Of(method).Add(new GaussianRelease(4, distance: 1e-6));
        double epsilon = close.Epsilon(1e-5);
        epsilon.Should().BeGreaterThan(exact.Epsilon(1e-5)).And.BeApproximately(exact.Epsilon(1e-5 - ((1 + Math.Exp(epsilon)) * 1e-6)), 1e-6);
        PrivacyComposition.Of(method).Add(new GaussianRelease(4, distance: 1e-5)).Epsilon(1e-5).Should().Be(double.PositiveInfinity);
        close.Delta(epsilon).Should().BeApproximately(1e-5, 1e-9);
    }

    [Fact]
    public void LossDistributions_OfTheSameReleases_AreTighterThanDivergences()
    {
        var release = new SampledGaussianRelease(1.1, 0.02, Secrecy);
        double loss = new LossComposition().Add(release, 500).Epsilon(1e-5);
        double renyi = new RenyiComposition().Add(release, 500).Epsilon(1e-5);
        loss.Should().BeLessThan(renyi).And.BeGreaterThan(renyi / 2);
    }

    [Fact]
    public void Spacing_ThatIsFiner_IsTighterAndNeverLower()
    {
        var release = new SampledGaussianRelease(1.1, 0.02, Secrecy);
        double coarse = new LossComposition(1e-2).Add(release, 100).Epsilon(1e-5);
        double fine = new LossComposition(1e-3).Add(release, 100).Epsilon(1e-5);
        coarse.Should().BeGreaterThanOrEqualTo(fine).And.BeLessThan(fine * 1.1);
    }

    [Fact]
    public void Amplification_OfASample_IsThatOfTheSampleAndNoMore()
    {
        var whole = new GaussianRelease(1);
        var sampled = new SampledGaussianRelease(1, 0.01, Secrecy);
        new RenyiComposition().Add(sampled, 100).Epsilon(1e-5).Should().BeLessThan(new RenyiComposition().Add(whole, 100).Epsilon(1e-5) / 20);
        new RenyiComposition().Add(new SampledGaussianRelease(1, 1 - 1e-9, Secrecy)).Epsilon(1e-5)
            .Should().BeApproximately(new RenyiComposition().Add(whole).Epsilon(1e-5), 1e-6);
    }

    [Fact]
    public void Methods_WithoutABound_RefuseByName()
    {
        Refusal.Of(() => new ConcentratedComposition().Add(new SampledGaussianRelease(1, 0.1, Secrecy)), PrivacyError.ReleaseNotSupported);
        Refusal.Of(() => new ConcentratedComposition().Add(new SkellamRelease(4, new GridSensitivity(1, 1), 0)), PrivacyError.ReleaseNotSupported);
        Refusal.Of(() => new LossComposition().Add(new DiscreteGaussianRelease(4, 0)), PrivacyError.ReleaseNotSupported);
        Refusal.Of(() => new LossComposition().Add(new SkellamRelease(4, new GridSensitivity(1, 1), 0)), PrivacyError.ReleaseNotSupported);
        Refusal.Of(() => new LossComposition().Add(new GaussianRelease(1e-9)).Epsilon(1e-5), PrivacyError.ReleaseNotSupported);
    }

    [Fact]
    public void Numbers_OutOfRange_AreRefusedByName()
    {
        PrivacyComposition composition = new RenyiComposition();
        Refusal.Of(() => composition.Epsilon(0), PrivacyError.DeltaOutOfRange);
        Refusal.Of(() => composition.Delta(0), PrivacyError.EpsilonOutOfRange);
        Refusal.Of(() => composition.Add(new GaussianRelease(1), 0), PrivacyError.ScheduleOutOfRange);
        Refusal.Of(() => new RenyiComposition([1.0]), PrivacyError.TheoremDoesNotApply);
        Refusal.Of(() => new RenyiComposition([]), PrivacyError.TheoremDoesNotApply);
        Func<LossComposition> spacing = () => new LossComposition(1);
        spacing.Should().Throw<ArgumentOutOfRangeException>();
        Action method = () => PrivacyComposition.Of(0);
        method.Should().Throw<ArgumentOutOfRangeException>();
    }

    [Fact]
    public void Divergences_HandedOut_CannotBeChanged()
    {
        double[] orders = [2, 4];
        var composition = (RenyiComposition)new RenyiComposition(orders).Add(new GaussianRelease(1));
        foreach (IReadOnlyList<double> list in new[] { composition.Divergences, composition.Orders, new RenyiComposition().Orders })
        {
            list.Should().NotBeOfType<double[]>();
            list.Invoking(one => ((IList<double>)one)[0] = 0).Should().Throw<NotSupportedException>();
        }
    }
}
