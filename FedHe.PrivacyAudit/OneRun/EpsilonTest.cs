using FedHe.PrivacyAudit.Errors;
using FedHe.PrivacyAudit.Statistics;

namespace FedHe.PrivacyAudit.OneRun;

/// <summary>The epsilon test tells how unlikely correct guesses about canaries are under a claim of differential privacy, and
/// which claims they refute.</summary>
/// <remarks>
/// Each of m canaries takes part by an independent fair coin, r of the coins are guessed from the output of an (epsilon, delta)
/// differentially private mechanism, and the other canaries are abstained from. Then the number of correct guesses is at least v with a
/// probability of at most P[W >= v] + 2 m delta max over i from 1 to v of P[v > W >= v - i] / i, with W binomial of r trials with
/// the success probability e^epsilon / (1 + e^epsilon). With delta = 0 the second term falls away.
/// Source: Steinke, Nasr, Jagielski, "Privacy Auditing with One (1) Training Run", NeurIPS 2023, arXiv 2305.08846, theorem 5.2 and
/// corollary 5.4.
/// </remarks>
public static class EpsilonTest
{
    /// <summary>The largest number of canaries.</summary>
    public const int MaxCanaries = 1 << 24;

    private const double LargestEpsilon = 500;
    private const double ScanStep = 1.0 / 16;
    private const int Bisections = 40;

    /// <summary>Computes the largest probability of as many correct guesses under a claim.</summary>
    /// <param name="canaries">The number m of canaries whose coins were flipped, from 1 to 2^24.</param>
    /// <param name="guesses">The number r of guesses, at most m.</param>
    /// <param name="correct">The number v of correct guesses, at most r.</param>
    /// <param name="epsilon">The claimed epsilon, from 0 to 500.</param>
    /// <param name="delta">The claimed delta, from 0 up to but not including 1.</param>
    /// <returns>A probability; 1 where the bound says nothing.</returns>
    /// <exception cref="ArgumentOutOfRangeException">A number is out of its range.</exception>
    public static double PValue(int canaries, int guesses, int correct, double epsilon, double delta)
    {
        CheckCounts(canaries, guesses, correct);
        Throw.IfOutside(epsilon, 0, LargestEpsilon, nameof(epsilon));
        CheckDelta(delta);
        var dominating = new Binomial(guesses, epsilon);
        double p = dominating.AtLeast(correct);
        double bound = p + (2.0 * canaries * delta * LargestSlope(dominating, correct, delta));

        // A p-value is never too small by rounding.
        return Math.Min(1, bound * (1 + dominating.RelativeError));
    }

    /// <summary>Finds the largest epsilon that the guesses refute: with the given confidence the mechanism is not
    /// (epsilon', delta) differentially private for any smaller epsilon'.</summary>
    /// <param name="canaries">The number m of canaries whose coins were flipped, from 1 to 2^24.</param>
    /// <param name="guesses">The number r of guesses, at most m.</param>
    /// <param name="correct">The number v of correct guesses, at most r.</param>
    /// <param name="delta">The delta, from 0 up to but not including 1.</param>
    /// <param name="confidence">The confidence, between 0 and 1: over the randomness of coins and mechanism, the bound exceeds the
    /// true epsilon with a probability of at most one minus the confidence.</param>
    /// <returns>The lower bound, 0 where nothing is refuted.</returns>
    /// <exception cref="ArgumentOutOfRangeException">A number is out of its range.</exception>
    public static double LowerBound(int canaries, int guesses, int correct, double delta, double confidence)
    {
        CheckCounts(canaries, guesses, correct);
        CheckDelta(delta);
        CheckConfidence(confidence);
        double level = 1 - confidence;
        bool IsRefuted(double epsilon) => PValue(canaries, guesses, correct, epsilon, delta) < level;
        if (!IsRefuted(0))
        {
            return 0;
        }

        // The first epsilon that is not refuted bounds, so that the confidence does not rest on the p-value being monotone.
        double low = 0;
        double high = ScanStep;
        while (high < LargestEpsilon && IsRefuted(high))
        {
            low = high;
            high += ScanStep;
        }

        for (int i = 0; i < Bisections; i++)
        {
            double middle = (low + high) / 2;
            if (IsRefuted(middle))
            {
                low = middle;
            }
            else
            {
                high = middle;
            }
        }

        return low;
    }

    internal static void CheckConfidence(double confidence)
    {
        if (!(confidence > 0 && confidence < 1))
        {
            throw Throw.NotBetweenZeroAndOne(nameof(confidence));
        }
    }

    internal static void CheckDelta(double delta)
    {
        if (!(delta >= 0 && delta < 1))
        {
            throw Throw.NotBetweenZeroAndOne(nameof(delta));
        }
    }

    private static double LargestSlope(Binomial dominating, int correct, double delta)
    {
        double slope = 0;
        double sum = 0;
        for (int i = 1; i <= correct && delta > 0; i++)
        {
            sum += dominating[correct - i];
            slope = Math.Max(slope, sum / i);
        }

        return slope;
    }

    private static void CheckCounts(int canaries, int guesses, int correct)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(canaries, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(canaries, MaxCanaries);
        ArgumentOutOfRangeException.ThrowIfNegative(guesses);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(guesses, canaries);
        ArgumentOutOfRangeException.ThrowIfNegative(correct);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(correct, guesses);
    }
}
