using System.Globalization;
using FedHe.PrivacyAudit.Runs;

namespace FedHe.PrivacyAudit.Reporting;

/// <summary>A recommendation is the smallest selection ratio at which every attack fails on every picture, if the strongest
/// built-in attacks were among them.</summary>
/// <param name="Selection">The name of the way in which the encrypted parameters were chosen.</param>
/// <param name="Attack">The attack, or null for all of them.</param>
/// <param name="Unleaked">The smallest ratio tried from which on nothing leaked, or null when there is none.</param>
/// <param name="Threshold">A picture counts as leaked when its structural similarity is at least this, or when the plan
/// counts it as recovered.</param>
public sealed record Recommendation(string Selection, string? Attack, double? Unleaked, double Threshold)
{
    /// <summary>The recommended ratio, or null when no ratio tried is enough or some of the strongest attacks were not made:
    /// encrypt everything.</summary>
    public double? Ratio => Attack is null && Missing.Count == 0 && WithheldBecause is null ? Unleaked : null;

    /// <summary>The names of the strongest built-in attacks that were not made on every picture at every ratio.</summary>
    public IReadOnlyList<string> Missing { get; init; } = [];

    /// <summary>A further reason to recommend no ratio, or null.</summary>
    public string? WithheldBecause { get; init; }

    /// <summary>The recommendation in words.</summary>
    public string Text => Unleaked is null ? Attack is null ? "no ratio tried is enough: encrypt everything" : "no ratio tried"
        : Attack is not null ? RatioText
        : WithheldBecause is string reason ? $"none, because {reason}"
        : Missing.Count > 0 ? $"none, because these attacks did not run on every picture at every ratio: {string.Join("; ", Missing)}"
        : RatioText;

    private string RatioText => Unleaked!.Value.ToString("P1", CultureInfo.InvariantCulture);

    /// <summary>Finds the smallest ratio at which, as at every larger ratio tried, nothing leaks.</summary>
    /// <param name="results">The results of a run.</param>
    /// <param name="selection">The selection to judge.</param>
    /// <param name="attack">The attack to judge, or null for all.</param>
    /// <param name="threshold">The structural similarity from which on a picture counts as leaked.</param>
    public static Recommendation Of(IReadOnlyList<AuditResult> results, string selection, string? attack, double threshold)
    {
        ArgumentNullException.ThrowIfNull(results);
        double? ratio = null;
        foreach (IGrouping<double, AuditResult> group in results
            .Where(result => result.Mask.Selection == selection && (attack is null || result.Attack == attack))
            .GroupBy(result => result.Mask.Ratio)
            .OrderByDescending(group => group.Key))
        {
            if (group.Any(result => Leaks(result, threshold)))
            {
                break;
            }

            ratio = group.Key;
        }

        return new Recommendation(selection, attack, ratio, threshold)
        {
            Missing = attack is null ? StrongestAttacks.MissingFrom(results, selection) : [],
        };
    }

    /// <summary>Tells whether a result counts as leaked.</summary>
    /// <param name="result">The result.</param>
    /// <param name="threshold">The structural similarity from which on a picture counts as leaked.</param>
    public static bool Leaks(AuditResult result, double threshold)
    {
        ArgumentNullException.ThrowIfNull(result);
        return result.IsRecovered || result.Scores.Structural >= threshold;
    }
}
