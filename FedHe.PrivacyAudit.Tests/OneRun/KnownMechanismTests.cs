using FedHe.Learning.Randomness;
using FedHe.PrivacyAudit.Canaries;
using FedHe.PrivacyAudit.OneRun;

namespace FedHe.PrivacyAudit.Tests.OneRun;

/// <summary>Mechanisms whose epsilon is known exactly: bounds exceed it no more often than their confidence allows, and are not
/// trivial.</summary>
public sealed class KnownMechanismTests
{
    private const double Confidence = 0.95;

    [Theory]
    [InlineData(0.5, 1)]
    [InlineData(2, 1)]
    [InlineData(2, 0.3)]
    public void LowerBound_OfRandomizedResponse_IsBelowTheTruthAndNearIt(double epsilon, double share)
    {
        const int Canaries = 1000;
        const int Trials = 400;
        double truth = 1 / (1 + Math.Exp(-epsilon));
        (int exceeded, double mean) = Repeat(Trials, epsilon, delta: 0, Canaries, share, (isIncluded, random) =>
            isIncluded == (random.NextDouble() < truth) ? 1 : 0);

        // Four standard deviations above the expected number of bounds that exceed the truth.
        exceeded.Should().BeLessThanOrEqualTo((int)((Trials * 0.05) + (4 * Math.Sqrt(Trials * 0.05 * 0.95))));
        mean.Should().BeGreaterThan(0.6 * epsilon);
        if (share == 1)
        {
            exceeded.Should().BePositive("the bound is tight for randomized response, so that its confidence is used up");
        }
    }

    [Theory]
    [InlineData(0.1)]
    [InlineData(0.5)]
    public void LowerBound_OfTheGaussianMechanism_IsBelowTheTruthAndNotTrivial(double share)
    {
        // The exact epsilon of a standard deviation of 1 at sensitivity 1 and delta 1e-5.
        const double Epsilon = 4.377178095681;
        (int exceeded, double mean) = Repeat(trials: 150, Epsilon, delta: 1e-5, canaries: 2000, share, (isIncluded, random) =>
            (isIncluded ? 1 : 0) + random.NextGaussian());
        exceeded.Should().Be(0, "a bound from guesses is far from the truth of a Gaussian");
        mean.Should().BeInRange(0.7, Epsilon);
    }

    [Fact]
    public void LowerBound_OfAMechanismThatIgnoresItsInput_IsZeroAsOftenAsPromised()
    {
        (int exceeded, _) = Repeat(trials: 400, epsilon: 0, delta: 0, canaries: 300, share: 1, (_, random) => random.NextDouble());
        exceeded.Should().BeLessThanOrEqualTo(37);
    }

    [Fact]
    public void LowerBound_BestOfManyPlans_KeepsTheConfidence()
    {
        const int Canaries = 200;
        const int Trials = 300;
        GuessPlan[] plans = [.. Enumerable.Range(1, 20).Select(i => GuessPlan.Share(Canaries, i / 20.0))];
        int withCorrection = 0, without = 0;
        for (int trial = 0; trial < Trials; trial++)
        {
            var random = new SeededRandom(trial);
            var coins = CanaryCoins.Flip(Canaries, trial + 10_000);
            double[] scores = [.. Enumerable.Range(0, Canaries).Select(_ => random.NextDouble())];
            withCorrection += OneRunAudit.Run(CanaryUnit.Record, coins, scores, plans, 0, Confidence).EpsilonLowerBound > 0 ? 1 : 0;
            without += plans.Any(plan => OneRunAudit.Run(CanaryUnit.Record, coins, scores, [plan], 0, Confidence).EpsilonLowerBound > 0) ? 1 : 0;
        }

        withCorrection.Should().BeLessThanOrEqualTo(30, "5 % of 300 are 15, and four standard deviations as many again");
        without.Should().BeGreaterThan(30, "choosing the best plan afterwards without a correction is wrong too often");
    }

    private static (int Exceeded, double Mean) Repeat(
        int trials, double epsilon, double delta, int canaries, double share, Func<bool, SeededRandom, double> mechanism)
    {
        GuessPlan plan = GuessPlan.Share(canaries, share);
        int exceeded = 0;
        double sum = 0;
        for (int trial = 0; trial < trials; trial++)
        {
            var random = new SeededRandom(trial);
            var coins = CanaryCoins.Flip(canaries, trial + 10_000);
            double[] scores = [.. coins.IsIncluded.ToArray().Select(isIncluded => mechanism(isIncluded, random))];
            OneRunResult result = OneRunAudit.Run(CanaryUnit.Record, coins, scores, [plan], delta, Confidence);
            exceeded += result.EpsilonLowerBound > epsilon ? 1 : 0;
            (result.EpsilonLowerBound > epsilon).Should().Be(result.Refutes(epsilon), "both are one test");
            sum += result.EpsilonLowerBound;
        }

        return (exceeded, sum / trials);
    }
}
