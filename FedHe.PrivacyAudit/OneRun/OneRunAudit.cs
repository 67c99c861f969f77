using FedHe.PrivacyAudit.Canaries;
using FedHe.PrivacyAudit.Errors;

namespace FedHe.PrivacyAudit.OneRun;

/// <summary>A one-run audit compares guesses about canaries with their coins, after one training run, and gives a lower bound on
/// the epsilon of the training.</summary>
/// <remarks>Source: Steinke, Nasr, Jagielski, "Privacy Auditing with One (1) Training Run", NeurIPS 2023, algorithm 1.</remarks>
public static class OneRunAudit
{
    /// <summary>Audits a training run.</summary>
    /// <param name="unit">What a canary stands for.</param>
    /// <param name="coins">The coins by which canaries took part.</param>
    /// <param name="scores">One score for each canary, computed without the coins; higher scores speak for taking part.</param>
    /// <param name="plans">How many canaries to guess about, fixed before the coins were looked at. Of several plans the best one
    /// counts, and each is tested at the confidence that all of them hold together (Bonferroni).</param>
    /// <param name="delta">The delta of the claim, from 0 up to but not including 1.</param>
    /// <param name="confidence">The confidence, between 0 and 1, such as 0.95.</param>
    /// <exception cref="ArgumentException">There is no plan, a plan has more guesses than there are canaries or none, counts
    /// differ, or a score is NaN.</exception>
    public static OneRunResult Run(
        CanaryUnit unit, CanaryCoins coins, ReadOnlySpan<double> scores, IReadOnlyList<GuessPlan> plans, double delta, double confidence)
    {
        ArgumentNullException.ThrowIfNull(coins);
        ArgumentNullException.ThrowIfNull(plans);
        Throw.IfLengthDiffers(scores.Length, coins.Count, nameof(scores));
        EpsilonTest.CheckDelta(delta);
        EpsilonTest.CheckConfidence(confidence);
        foreach (double score in scores)
        {
            if (double.IsNaN(score))
            {
                throw Throw.ScoreNotANumber(nameof(scores));
            }
        }

        if (plans.Count == 0 || plans.Any(plan => !Fits(plan, coins.Count)))
        {
            throw Throw.PlanDoesNotFit(coins.Count, nameof(plans));
        }

        double each = 1 - ((1 - confidence) / plans.Count);
        OneRunResult? best = null;
        foreach (GuessPlan plan in plans)
        {
            int correct = CountCorrect(plan.Guess(scores), coins.IsIncluded);
            double bound = EpsilonTest.LowerBound(coins.Count, plan.Guesses, correct, delta, each);
            if (best is null || bound > best.EpsilonLowerBound)
            {
                best = new OneRunResult(unit, coins.Count, plan, correct, plans.Count, delta, confidence, bound);
            }
        }

        return best!;
    }

    private static bool Fits(GuessPlan? plan, int canaries)
        => plan is { Included: >= 0, Excluded: >= 0 } && (long)plan.Included + plan.Excluded is long guesses && guesses >= 1 && guesses <= canaries;

    private static int CountCorrect(int[] guesses, ReadOnlySpan<bool> isIncluded)
    {
        int correct = 0;
        for (int i = 0; i < guesses.Length; i++)
        {
            correct += guesses[i] != 0 && (guesses[i] > 0) == isIncluded[i] ? 1 : 0;
        }

        return correct;
    }
}
