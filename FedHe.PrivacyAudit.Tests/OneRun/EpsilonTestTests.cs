using FedHe.PrivacyAudit.OneRun;
using FedHe.PrivacyAudit.Statistics;

namespace FedHe.PrivacyAudit.Tests.OneRun;

public sealed class EpsilonTestTests
{
    [Theory]
    [InlineData(1000, 100, 75, 1e-4, 0.673)]
    [InlineData(100_000, 1510, 1439, 1e-5, 2.675)]
    public void LowerBound_ExamplesOfThePaper_AreThePapers(int canaries, int guesses, int correct, double delta, double expected)
        => EpsilonTest.LowerBound(canaries, guesses, correct, delta, confidence: 0.95).Should().BeApproximately(expected, 1e-3);

    [Theory]
    [InlineData(10, 0)]
    [InlineData(10, 7)]
    [InlineData(10, 10)]
    [InlineData(31, 20)]
    public void PValue_NoDelta_IsTheBinomialTail(int guesses, int correct)
    {
        foreach (double epsilon in new[] { 0, 0.3, 1, 5, 30 })
        {
            double q = Math.Exp(epsilon) / (1 + Math.Exp(epsilon));
            double expected = Enumerable.Range(correct, guesses - correct + 1).Sum(k => Probability(guesses, k, q));
            EpsilonTest.PValue(guesses, guesses, correct, epsilon, 0).Should().BeApproximately(expected, 1e-8 * expected);
        }
    }

    [Fact]
    public void PValue_WithDelta_AddsTheLargestSlopeByItsDefinition()
    {
        const int Guesses = 12, Correct = 9, Canaries = 50;
        const double Delta = 1e-3;
        double q = Math.E / (1 + Math.E);
        double tail = Enumerable.Range(Correct, Guesses - Correct + 1).Sum(k => Probability(Guesses, k, q));
        double slope = Enumerable.Range(1, Correct).Max(i => Enumerable.Range(Correct - i, i).Sum(k => Probability(Guesses, k, q)) / i);
        EpsilonTest.PValue(Canaries, Guesses, Correct, 1, Delta).Should().BeApproximately(tail + (2 * Canaries * Delta * slope), 1e-8);
    }

    [Theory]
    [InlineData(50)]
    [InlineData(200)]
    public void LowerBound_AllCorrectNoDelta_SolvesTheClosedForm(int guesses)
    {
        double q = Math.Pow(0.05, 1.0 / guesses);
        EpsilonTest.LowerBound(guesses, guesses, guesses, 0, 0.95).Should().BeApproximately(Math.Log(q / (1 - q)), 1e-6);
    }

    [Fact]
    public void LowerBound_GuessesOfChance_IsZero()
    {
        EpsilonTest.LowerBound(1000, 1000, 510, 0, 0.95).Should().Be(0);
        EpsilonTest.LowerBound(1000, 0, 0, 0, 0.95).Should().Be(0);
        EpsilonTest.LowerBound(10, 10, 10, 0.5, 0.95).Should().Be(0, "a delta of a half allows everything");
    }

    [Fact]
    public void LowerBound_MoreCanariesUnderDelta_IsSmaller()
    {
        double few = EpsilonTest.LowerBound(100, 100, 95, 1e-4, 0.95);
        double many = EpsilonTest.LowerBound(10_000, 100, 95, 1e-4, 0.95);
        double none = EpsilonTest.LowerBound(100, 100, 95, 0, 0.95);
        none.Should().BeGreaterThan(few);
        few.Should().BeGreaterThan(many);
    }

    [Fact]
    public void PValue_RisesWithEpsilon_UntilItSaysNothing()
    {
        double[] values = [.. Enumerable.Range(0, 200).Select(i => EpsilonTest.PValue(2000, 500, 430, i / 20.0, 1e-5)).TakeWhile(p => p < 0.5)];
        values.Should().BeInAscendingOrder().And.HaveCountGreaterThan(20);
    }

    [Fact]
    public void PValue_VeryManyGuesses_IsFinite()
        => EpsilonTest.PValue(1 << 20, 1 << 20, 1 << 20, 500, 1e-9).Should().BeInRange(0.9, 1);

    [Fact]
    public void PValue_OfAsManyGuessesAsThereMayBe_ReservesWhatRoundingMayTake()
    {
        const int Guesses = EpsilonTest.MaxCanaries;
        const int Correct = (Guesses / 2) + 5000;
        double computed = new Binomial(Guesses, 0).AtLeast(Correct);
        double reserve = (EpsilonTest.PValue(Guesses, Guesses, Correct, 0, 0) / computed) - 1;
        reserve.Should().BeGreaterThan(13 * Math.ScaleB(Guesses, -53), "each of the terms may round so often").And.BeLessThan(1e-7);
    }

    [Theory]
    [InlineData(0, 0, 0, 0)]
    [InlineData(10, 11, 0, 0)]
    [InlineData(10, 5, 6, 0)]
    [InlineData(10, 5, -1, 0)]
    [InlineData(10, 5, 5, -0.1)]
    [InlineData(10, 5, 5, 1)]
    [InlineData(10, 5, 5, double.NaN)]
    public void LowerBound_NumberOutOfRange_IsRefused(int canaries, int guesses, int correct, double delta)
    {
        Action bound = () => EpsilonTest.LowerBound(canaries, guesses, correct, delta, 0.95);
        bound.Should().Throw<ArgumentOutOfRangeException>();
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(double.NaN)]
    public void LowerBound_ConfidenceOutOfRange_IsRefused(double confidence)
    {
        Action bound = () => EpsilonTest.LowerBound(10, 5, 5, 0, confidence);
        bound.Should().Throw<ArgumentOutOfRangeException>();
    }

    [Theory]
    [InlineData(-0.1)]
    [InlineData(501)]
    [InlineData(double.NaN)]
    public void PValue_EpsilonOutOfRange_IsRefused(double epsilon)
    {
        Action value = () => EpsilonTest.PValue(10, 5, 5, epsilon, 0);
        value.Should().Throw<ArgumentOutOfRangeException>();
    }

    private static double Probability(int trials, int successes, double q)
    {
        double probability = 1;
        for (int i = 1; i <= successes; i++)
        {
            probability *= (trials - successes + i) / (double)i * q;
        }

        return probability * Math.Pow(1 - q, trials - successes);
    }
}
