using FedHe.PrivacyAudit.Canaries;
using FedHe.PrivacyAudit.OneRun;

namespace FedHe.PrivacyAudit.Tests.OneRun;

public sealed class OneRunAuditTests
{
    [Fact]
    public void Run_FewGuesses_TakeTheHighestAndTheLowestScores()
    {
        var coins = CanaryCoins.Flip(20, seed: 3);
        double[] scores = [.. Enumerable.Range(0, 20).Select(i => coins.IsIncluded[i] ? 100.0 + i : -i)];
        OneRunResult result = OneRunAudit.Run(CanaryUnit.Record, coins, scores, [new GuessPlan(4, 5)], 0, 0.95);
        (result.Correct, result.Plan.Guesses, result.Canaries).Should().Be((9, 9, 20));
        double[] turned = [.. scores.Select(score => -score)];
        OneRunAudit.Run(CanaryUnit.Record, coins, turned, [new GuessPlan(4, 5)], 0, 0.95).Correct.Should().Be(0);
    }

    [Fact]
    public void LargestPossibleBound_IsThatOfGuessesThatAreAllCorrect()
    {
        var coins = CanaryCoins.Flip(100, seed: 3);
        double[] scores = [.. coins.IsIncluded.ToArray().Select(isIncluded => isIncluded ? 1.0 : 0)];
        int excluded = 100 - coins.Included.Count;
        OneRunResult result = OneRunAudit.Run(
            CanaryUnit.Client, coins, scores, [new GuessPlan(coins.Included.Count, excluded), new GuessPlan(1, 1)], 1e-5, 0.9);
        result.Correct.Should().Be(100);
        result.EpsilonLowerBound.Should().Be(result.LargestPossibleBound);
        result.PlanCount.Should().Be(2);
    }

    [Fact]
    public void Describe_OfBounds_RoundsThemToTheSideOnWhichTheyHold()
    {
        var result = new OneRunResult(CanaryUnit.Record, 1000, new GuessPlan(100, 100), 190, 1, 1.2345e-5, 0.99999, 1.2399);
        string text = result.Describe(7.99999);
        text.Should().Contain("epsilon is at least 1.23 at delta 1.2345E-05 with 99.99 % confidence").And.Contain("claimed is 7.99999.");
        double possible = double.Parse(text.Split("at most ")[1].Split(' ')[0], System.Globalization.CultureInfo.InvariantCulture);
        possible.Should().BeInRange(result.LargestPossibleBound, result.LargestPossibleBound + 0.01);
        (result with { Confidence = 0.95 }).Describe(8).Should().Contain(" 95 % confidence");
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(6, 5)]
    [InlineData(-1, 5)]
    [InlineData(int.MaxValue, int.MaxValue)]
    public void Run_PlanThatDoesNotFit_IsRefused(int included, int excluded)
    {
        Action run = () => OneRunAudit.Run(
            CanaryUnit.Record, CanaryCoins.Flip(10, 1), new double[10], [new GuessPlan(included, excluded)], 0, 0.95);
        run.Should().Throw<ArgumentException>().WithMessage("*plan*10 canaries*");
    }

    [Fact]
    public void Run_NoPlan_IsRefused()
    {
        Action run = () => OneRunAudit.Run(CanaryUnit.Record, CanaryCoins.Flip(10, 1), new double[10], [], 0, 0.95);
        run.Should().Throw<ArgumentException>().WithMessage("*plan*");
    }

    [Fact]
    public void Run_ScoreThatIsNaN_IsRefused()
    {
        Action run = () => OneRunAudit.Run(CanaryUnit.Record, CanaryCoins.Flip(2, 1), [1, double.NaN], [new GuessPlan(1, 0)], 0, 0.95);
        run.Should().Throw<ArgumentException>().WithMessage("*not a number*");
    }

    [Fact]
    public void Run_ScoresOfOtherCanaries_AreRefused()
    {
        Action run = () => OneRunAudit.Run(CanaryUnit.Record, CanaryCoins.Flip(3, 1), [1, 2], [new GuessPlan(1, 0)], 0, 0.95);
        run.Should().Throw<ArgumentException>().WithMessage("*3 values*2 were given*");
    }
}
