using FedHe.Privacy.Composition;
using FedHe.Privacy.Errors;
using FedHe.Privacy.Numerics;
using FedHe.Privacy.Releases;
using FedHe.Privacy.Sampling;
using FedHe.Privacy.Tests.Support;

namespace FedHe.Privacy.Tests.Releases;

/// <summary>The bounds of releases against divergences that are computed from the distributions themselves.</summary>
public sealed class ReleaseTests
{
    private static readonly SamplingSecrecy Secrecy = new("The test draws the sample itself.");

    [Theory]
    [InlineData(1.5, 1, 2)]
    [InlineData(1.5, 3, 8)]
    [InlineData(6, 2, 30)]
    public void DiscreteGaussian_TrueDivergence_IsBelowTheBound(double deviation, int shift, double order)
    {
        double[] noise = Probabilities(DiscreteGaussianLayers.Probabilities(FixedPoint.Of(deviation * deviation)));
        double bound = new DiscreteGaussianRelease(deviation / shift, 0).RenyiDivergence(order);
        Divergence(noise, shift, order).Should().BeLessThanOrEqualTo(bound * (1 + 1e-9)).And.BeGreaterThan(bound / 2);
    }

    [Theory]
    [InlineData(1.0, 2, 1, 2)]
    [InlineData(1.0, 5, 2, 4)]
    [InlineData(2.0, 3, 1, 16)]
    public void DistributedGaussian_TrueDivergence_IsBelowTheBound(double partyVariance, int parties, int shift, double order)
    {
        double[] one = Probabilities(DiscreteGaussianLayers.Probabilities(FixedPoint.Of(partyVariance)));
        double[] sum = one;
        for (int i = 1; i < parties; i++)
        {
            sum = Convolve(sum, one);
        }

        double bound = new DistributedGaussianRelease(partyVariance, parties, new GridSensitivity(shift, shift), dimension: 1, 0).RenyiDivergence(order);
        Divergence(sum, shift, order).Should().BeLessThanOrEqualTo(bound * (1 + 1e-9)).And.BeGreaterThan(bound / 2);
    }

    [Fact]
    public void DistributedGaussian_IsNoDiscreteGaussianAndItsBoundSaysSo()
    {
        var sum = new DistributedGaussianRelease(1, 10, new GridSensitivity(1, 1), dimension: 100_000, 0);
        sum.RenyiDivergence(2).Should().BeGreaterThan(1.2 * new DiscreteGaussianRelease(Math.Sqrt(10), 0).RenyiDivergence(2));
        var wide = new DistributedGaussianRelease(100, 10, new GridSensitivity(1, 1), dimension: 100_000, 0);
        wide.RenyiDivergence(2).Should().BeApproximately(2.0 / 2000, 1e-12);
    }

    [Fact]
    public void DistributedGaussian_OfMoreTermsThanAreCounted_IsBoundedFromAbove()
    {
        double counted = new DistributedGaussianRelease(1, 1001, new GridSensitivity(1, 1), 1_000_000, 0).Concentration!.Value;
        double bounded = new DistributedGaussianRelease(1, 100_000, new GridSensitivity(1, 1), 1_000_000, 0).Concentration!.Value;
        double exactTau = 10 * Enumerable.Range(1, 99_999).Sum(k => Math.Exp(-2 * Math.PI * Math.PI * k / (k + 1)));
        double exact = Math.Pow((1 / Math.Sqrt(100_000)) + (exactTau * 1000), 2) / 2;
        bounded.Should().BeGreaterThan(exact * 0.5).And.BeLessThan(exact * 1.1);
        counted.Should().BePositive();
    }

    [Theory]
    [InlineData(2, 1, 2)]
    [InlineData(9, 1, 5)]
    [InlineData(100, 6, 20)]
    public void Skellam_TrueDivergence_IsBelowTheBound(double variance, int shift, double order)
    {
        double[] noise = Probabilities(SkellamLayers.Probabilities(FixedPoint.Of(variance)));
        double bound = new SkellamRelease(variance, new GridSensitivity(shift, shift), 0).RenyiDivergence(order);
        Divergence(noise, shift, order).Should().BeLessThanOrEqualTo(bound * (1 + 1e-9)).And.BeGreaterThan(bound / 4);
    }

    [Fact]
    public void Skellam_BetweenIntegerOrders_TakesTheNextOne()
    {
        var release = new SkellamRelease(9, new GridSensitivity(2, 1), 0);
        release.RenyiDivergence(2.1).Should().Be(release.RenyiDivergence(3));
    }

    [Theory]
    [InlineData(3)]
    [InlineData(20.5)]
    public void Pure_Divergence_IsThatOfRandomizedResponse(double order)
    {
        double p = Math.E / (1 + Math.E);
        double exact = Math.Log((Math.Pow(p, order) * Math.Pow(1 - p, 1 - order)) + (Math.Pow(1 - p, order) * Math.Pow(p, 1 - order))) / (order - 1);
        new PureRelease(1).RenyiDivergence(order).Should().BeApproximately(exact, 1e-12).And.BeLessThan(1);
    }

    [Fact]
    public void DiscreteLaplace_TrueDivergence_ExceedsThatOfContinuousNoiseAndNotThatOfPurePrivacy()
    {
        const double Scale = 1;
        double q = Math.Exp(-1 / Scale);
        double[] noise = [.. Enumerable.Range(-300, 601).Select(k => (1 - q) / (1 + q) * Math.Pow(q, Math.Abs(k)))];
        double exact = Divergence(noise, 1, 4);
        exact.Should().BeGreaterThan(new LaplaceRelease(Scale, 1).RenyiDivergence(4)).And.BeLessThanOrEqualTo(new PureRelease(1 / Scale).RenyiDivergence(4) * (1 + 1e-9));
    }

    [Fact]
    public void Laplace_OfSeveralCoordinates_HasTheLossOfRandomizedResponse()
    {
        new LaplaceRelease(2, 1).Loss.Should().BeOfType<FedHe.Privacy.Losses.LaplaceLoss>();
        new LaplaceRelease(2, 2).Loss.Should().Be(new PureRelease(0.5).Loss);
        Refusal.Of(() => new LaplaceRelease(2, 0), PrivacyError.WrongLength);
    }

    [Fact]
    public void SampledGaussian_BetweenIntegerOrders_IsContinuous()
    {
        var release = new SampledGaussianRelease(1.1, 0.2, Secrecy);
        foreach (double order in new[] { 2.0, 3, 7, 20 })
        {
            release.RenyiDivergence(order + 1e-7).Should().BeApproximately(release.RenyiDivergence(order), 1e-5);
        }
    }

    [Theory]
    [InlineData(1, 1, 0.3)]
    [InlineData(1, 3, 0.01)]
    [InlineData(2, 4, 0.3)]
    public void SampledDiscreteGaussian_OfAnyOrder_IsNotBelowTheExactDivergence(int deviation, int shift, double probability)
    {
        var release = new SampledDiscreteGaussianRelease((double)deviation / shift, probability, Secrecy, 0);
        foreach (double order in new[] { 1.1, 1.5, 2, 2.5, 5.5, 9 })
        {
            double total = 0;
            double moment = 0;
            for (int k = -40 * deviation; k <= 40 * deviation; k++)
            {
                double logWeight = -k * k / (2.0 * deviation * deviation);
                double ratio = Math.Exp(((2 * k * shift) - (shift * shift)) / (2.0 * deviation * deviation));
                total += Math.Exp(logWeight);
                moment += Math.Exp(logWeight + (order * Math.Log(1 - probability + (probability * ratio))));
            }

            double exact = Math.Log(moment / total) / (order - 1);
            release.RenyiDivergence(order).Should().BeGreaterThan(exact * (1 - 1e-13));
            if (order == Math.Floor(order))
            {
                release.RenyiDivergence(order).Should().BeApproximately(exact, 1e-12 * (1 + exact));
            }
        }

        double continuous = new SampledGaussianRelease((double)deviation / shift, probability, Secrecy).RenyiDivergence(1.5);
        release.RenyiDivergence(1.5).Should().BeGreaterThan(continuous, "that of continuous noise would be too small");
    }

    [Fact]
    public void SampledDiscreteGaussian_Losses_AreRefusedByName()
        => Refusal.Of(
            () => new LossComposition().Add(new SampledDiscreteGaussianRelease(1, 0.1, Secrecy, 0)), PrivacyError.ReleaseNotSupported);

    [Theory]
    [InlineData(1.0, 1, 0.25, 2)]
    [InlineData(1.0, 2, 0.1, 3)]
    [InlineData(1.5, 1, 0.5, 8)]
    [InlineData(3, 2, 0.01, 8)]
    public void SampledDiscreteGaussian_AtIntegerOrders_HasExactlyTheDivergenceOfTheWorseDirection(double deviation, int shift, double q, int order)
    {
        double[] noise = Probabilities(DiscreteGaussianLayers.Probabilities(FixedPoint.Of(deviation * deviation)));
        double[] without = [.. noise, .. new double[shift]];
        double[] with = [.. new double[shift], .. noise];
        double[] mixture = [.. without.Zip(with, (absent, present) => ((1 - q) * absent) + (q * present))];
        double claimed = new SampledDiscreteGaussianRelease(deviation / shift, q, Secrecy, 0).RenyiDivergence(order);

        DivergenceOf(mixture, without, order).Should().BeApproximately(claimed, claimed * 1e-6);
        DivergenceOf(without, mixture, order).Should().BeLessThanOrEqualTo(claimed * (1 + 1e-9));
    }

    [Fact]
    public void Amplification_WithoutAStatement_IsRefusedByName()
    {
        Refusal.Of(() => new SampledGaussianRelease(1, 0.1, null!), PrivacyError.NoAmplification);
        Refusal.Of(() => new SampledDiscreteGaussianRelease(1, 0.1, null!, 0), PrivacyError.NoAmplification);
        Refusal.Of(() => new SamplingSecrecy(" "), PrivacyError.NoAmplification);
        Refusal.Of(() => new SamplingSecrecy(new string('x', 501)), PrivacyError.NoAmplification);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    public void Releases_WithoutNoise_AreRefusedByName(double noise)
    {
        Refusal.Of(() => new GaussianRelease(noise), PrivacyError.NoiseOutOfRange);
        Refusal.Of(() => new LaplaceRelease(noise, 1), PrivacyError.NoiseOutOfRange);
        Refusal.Of(() => new DiscreteGaussianRelease(noise, 0), PrivacyError.NoiseOutOfRange);
        Refusal.Of(() => new SampledGaussianRelease(noise, 0.1, Secrecy), PrivacyError.NoiseOutOfRange);
        Refusal.Of(() => new SampledDiscreteGaussianRelease(noise, 0.1, Secrecy, 0), PrivacyError.NoiseOutOfRange);
        Refusal.Of(() => new MatrixRelease(noise, 0), PrivacyError.NoiseOutOfRange);
        Refusal.Of(() => new SkellamRelease(noise, new GridSensitivity(1, 1), 0), PrivacyError.NoiseOutOfRange);
        Refusal.Of(() => new DistributedGaussianRelease(noise, 2, new GridSensitivity(1, 1), 1, 0), PrivacyError.NoiseOutOfRange);
        Refusal.Of(() => new PureRelease(noise), PrivacyError.EpsilonOutOfRange);
    }

    [Fact]
    public void Releases_OfImpossibleNumbers_AreRefusedByName()
    {
        Refusal.Of(() => new GaussianRelease(1, -0.1), PrivacyError.ProbabilityOutOfRange);
        Refusal.Of(() => new GaussianRelease(1, 1), PrivacyError.ProbabilityOutOfRange);
        Refusal.Of(() => new GaussianRelease(1).RenyiDivergence(1), PrivacyError.TheoremDoesNotApply);
        Refusal.Of(() => new SampledGaussianRelease(1, 0, Secrecy), PrivacyError.ProbabilityOutOfRange);
        Refusal.Of(() => new SampledGaussianRelease(1, 1, Secrecy), PrivacyError.ProbabilityOutOfRange);
        Refusal.Of(() => new SampledDiscreteGaussianRelease(1, 1, Secrecy, 0), PrivacyError.ProbabilityOutOfRange);
        Refusal.Of(() => new GridSensitivity(1, 2), PrivacyError.SensitivityOutOfRange);
        Refusal.Of(() => new GridSensitivity(0, 0), PrivacyError.SensitivityOutOfRange);
        Refusal.Of(() => new DistributedGaussianRelease(1, 0, new GridSensitivity(1, 1), 1, 0), PrivacyError.PartiesOutOfRange);
        Refusal.Of(() => new DistributedGaussianRelease(1, 1, new GridSensitivity(1, 1), 0, 0), PrivacyError.WrongLength);
    }

    [Theory]
    [InlineData(10, 100, 100)]
    [InlineData(10, 1_000_000, 100)]
    [InlineData(0.5, 4, 0.5)]
    public void GridSensitivity_OfIntegers_HasTheSmallerOneNorm(double two, long dimension, double one)
        => GridSensitivity.OfIntegers(two, dimension).One.Should().BeApproximately(one, 1e-12);

    private static double[] Probabilities(IReadOnlyList<FixedPoint> half)
        => [.. half.Skip(1).Reverse().Concat(half).Select(one => one.ToDouble())];

    private static double[] Convolve(double[] left, double[] right)
    {
        var sum = new double[left.Length + right.Length - 1];
        for (int i = 0; i < left.Length; i++)
        {
            for (int j = 0; j < right.Length; j++)
            {
                sum[i + j] += left[i] * right[j];
            }
        }

        return sum;
    }

    private static double DivergenceOf(double[] left, double[] right, double order)
        => Math.Log(left.Zip(right).Where(pair => pair.First > 1e-200 && pair.Second > 1e-200)
            .Sum(pair => Math.Exp((order * Math.Log(pair.First)) + ((1 - order) * Math.Log(pair.Second))))) / (order - 1);

    private static double Divergence(double[] noise, int shift, double order)
    {
        double sum = 0;
        for (int i = shift; i < noise.Length; i++)
        {
            if (noise[i] > 1e-250 && noise[i - shift] > 1e-250)
            {
                sum += Math.Exp((order * Math.Log(noise[i])) + ((1 - order) * Math.Log(noise[i - shift])));
            }
        }

        return Math.Log(sum) / (order - 1);
    }
}
