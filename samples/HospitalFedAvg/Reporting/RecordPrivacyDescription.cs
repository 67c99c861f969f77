using System.Globalization;
using FedHe.Privacy.Releases;
using FedHe.Privacy.Reports;
using HospitalFedAvg.Privacy;

namespace HospitalFedAvg.Reporting;

/// <summary>A record privacy description words what is promised to records, and on what the promise rests.</summary>
internal sealed class RecordPrivacyDescription(RecordPlan plan, int divisor)
{
    /// <summary>To whom a hospital promises, and against whom the promise holds.</summary>
    public const string PromisedTo = "every record of this hospital, against everybody who sees what leaves the hospital, in clear or decrypted, the server and the "
        + "other hospitals among them";

    public IEnumerable<(string Name, string Value)> Lines()
    {
        yield return ("privacy", Invariant(
            $"unit Record, form LocalDpSgd: epsilon {plan.Budget.Epsilon} at delta {plan.Budget.Delta} for every record, by the noise of its own hospital alone"));
        yield return ("neighbors", "one record of one hospital more or less");
        yield return ("noise", Invariant(
            $"{plan.Step.Name}, noise multiplier {PrivacyFigures.AtLeast(plan.NoiseMultiplier)}, gradients clipped at {plan.Budget.Clip} on a grid of 2^{plan.Clipping.LogClipUnits} units; {Cost()}"));
        yield return ("sampling", plan.Step is SampledDiscreteGaussianRelease sampled
            ? Invariant($"each record is in a step with probability {plan.Rate}; amplification rests on this: {sampled.Secrecy.Statement}")
            : "all records are in every step; nothing is amplified");
        yield return ("weights", Invariant(
            $"1 for every hospital, because a number of records would need noise of its own; sums of gradients are divided by {divisor} everywhere (--batch)"));
        yield return ("not promised", "held-out samples, which scale the features and measure accuracy, and the columns and classes of the data are taken as public");
    }

    private string Cost() => Invariant(
        $"{plan.Rounds} rounds of {plan.StepsPerRound} steps cost epsilon {PrivacyFigures.AtMost(plan.PlannedEpsilon, 3)}{(plan.PlannedEpsilon > plan.Budget.Epsilon ? ", MORE than the budget: hospitals stop before the end" : string.Empty)}");

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
