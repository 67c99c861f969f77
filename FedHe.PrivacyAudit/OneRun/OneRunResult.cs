using System.Globalization;
using FedHe.PrivacyAudit.Canaries;

namespace FedHe.PrivacyAudit.OneRun;

/// <summary>A one-run result is what an audit found: an empirical epsilon to stand beside a claimed one.</summary>
/// <param name="Unit">What a canary stands for.</param>
/// <param name="Canaries">The number of canaries.</param>
/// <param name="Plan">The plan that gave the bound.</param>
/// <param name="Correct">The number of its guesses that were correct.</param>
/// <param name="PlanCount">The number of plans that were tried.</param>
/// <param name="Delta">The delta of the bound.</param>
/// <param name="Confidence">The confidence of the bound.</param>
/// <param name="EpsilonLowerBound">The lower bound on epsilon; 0 where the guesses were no better than chance allows.</param>
public sealed record OneRunResult(
    CanaryUnit Unit, int Canaries, GuessPlan Plan, int Correct, int PlanCount, double Delta, double Confidence, double EpsilonLowerBound)
{
    /// <summary>The largest epsilon that as many guesses could have refuted, had all been correct.</summary>
    /// <remarks>An audit cannot see more than that; a bound far below a claim says little where this is below the claim too.</remarks>
    public double LargestPossibleBound
        => EpsilonTest.LowerBound(Canaries, Plan.Guesses, Plan.Guesses, Delta, 1 - ((1 - Confidence) / PlanCount));

    /// <summary>Computes the probability of as many correct guesses under a claim, times the number of plans.</summary>
    /// <param name="claimedEpsilon">The claimed epsilon, at the delta of this result.</param>
    /// <returns>A p-value, at most 1.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The claim is out of its range.</exception>
    public double PValueOf(double claimedEpsilon)
        => Math.Min(1, PlanCount * EpsilonTest.PValue(Canaries, Plan.Guesses, Correct, claimedEpsilon, Delta));

    /// <summary>Tells whether the guesses refute a claim at the confidence of this result.</summary>
    /// <param name="claimedEpsilon">The claimed epsilon, at the delta of this result.</param>
    /// <exception cref="ArgumentOutOfRangeException">The claim is out of its range.</exception>
    public bool Refutes(double claimedEpsilon) => PValueOf(claimedEpsilon) < 1 - Confidence;

    /// <summary>Writes the result beside a claim in two sentences.</summary>
    /// <param name="claimedEpsilon">The claimed epsilon, at the delta of this result.</param>
    /// <exception cref="ArgumentOutOfRangeException">The claim is out of its range.</exception>
    public string Describe(double claimedEpsilon)
    {
        string unit = Unit == CanaryUnit.Client ? "client" : "record";
        string verdict = Refutes(claimedEpsilon)
            ? "The claim is refuted: the training protects less than it says."
            : "The claim is not refuted, which does not prove it.";
        return string.Create(
            CultureInfo.InvariantCulture,
            $"Per {unit}, epsilon is at least {FigureText.AtLeast(EpsilonLowerBound, 2)} at delta {Delta:R} with {FigureText.AtLeast(100 * Confidence, 2)} % confidence " +
            $"({Correct} of {Plan.Guesses} guesses about {Canaries} canaries were correct; at most {FigureText.AtMost(LargestPossibleBound, 2)} could have been shown); " +
            $"claimed is {claimedEpsilon:R}. {verdict}");
    }
}
