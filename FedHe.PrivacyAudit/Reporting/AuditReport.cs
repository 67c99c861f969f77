using FedHe.PrivacyAudit.Runs;
using FedHe.PrivacyAudit.Text;

namespace FedHe.PrivacyAudit.Reporting;

/// <summary>
/// An audit report presents the results of a run as a self-contained HTML file, as text, and as comma-separated values.
/// </summary>
public sealed class AuditReport
{
    /// <summary>Creates the report of some results.</summary>
    /// <param name="results">The results of a run; empty where only sentences were attacked.</param>
    public AuditReport(IReadOnlyList<AuditResult> results)
    {
        ArgumentNullException.ThrowIfNull(results);
        Results = results;
    }

    /// <summary>The results that the report shows.</summary>
    public IReadOnlyList<AuditResult> Results { get; }

    /// <summary>The lines of text at the end of the report, such as the command, the seed and the data.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];

    /// <summary>The bytes and the time of an upload at every ratio, possibly none.</summary>
    public IReadOnlyList<UpdateCost> Costs { get; init; } = [];

    /// <summary>
    /// A description of the conditions under which the costs were measured, or an empty string to leave the description out.
    /// </summary>
    public string CostNote { get; init; } = string.Empty;

    /// <summary>The results of the attack on sentences, possibly none.</summary>
    public IReadOnlyList<TextResult> Texts { get; init; } = [];

    /// <summary>A function that turns the tokens of <see cref="Texts"/> into words, or null to show token numbers.</summary>
    public Func<IEnumerable<int>, string>? Spell { get; init; }

    /// <summary>The privacy map behind the masks, which the report draws, or null.</summary>
    public PrivacyMap? Map { get; init; }

    /// <summary>The least structural similarity (SSIM) at which a picture counts as leaked.</summary>
    public double LeakThreshold { get; init; } = 0.3;

    /// <summary>
    /// A reason to recommend no ratio although the attacks ran, such as that they were cut short, or null; it completes
    /// "none, because".
    /// </summary>
    public string? WithheldBecause { get; init; }

    /// <summary>The recommendations of each selection: one for all attacks together, and one for each attack.</summary>
    public IReadOnlyList<Recommendation> Recommendations =>
    [
        .. Results.Select(result => result.Mask.Selection).Distinct().SelectMany(selection =>
            Results.Select(result => result.Attack).Distinct().Cast<string?>().Prepend(null)
                .Select(attack => Recommendation.Of(Results, selection, attack, LeakThreshold) with { WithheldBecause = WithheldBecause })),
    ];

    /// <summary>
    /// The results of each selection, attack and ratio, in the run's order of selections and attacks, by ascending ratio.
    /// </summary>
    internal IEnumerable<ReportCell> Cells => Results
        .GroupBy(result => (result.Mask.Selection, result.Attack))
        .SelectMany(column => column
            .GroupBy(result => result.Mask.Ratio)
            .OrderBy(group => group.Key)
            .Select(group => new ReportCell(column.Key.Selection, column.Key.Attack, group.Key, [.. group], LeakThreshold)));

    /// <summary>The sentences of each selection, ratio and treatment, in their original order.</summary>
    internal IEnumerable<TextCell> TextCells => Texts
        .GroupBy(text => (text.Mask.Selection, text.Mask.Ratio, text.Treatment))
        .Select(group => new TextCell(group.Key.Selection, group.Key.Ratio, group.Key.Treatment, [.. group]));

    /// <summary>Writes one line of comma-separated values for each result.</summary>
    public string ToCsv() => ReportText.Csv(this);

    /// <summary>Writes the table of means as plain text for terminals, with the recommendations below.</summary>
    public string ToText() => ReportText.Table(this);

    /// <summary>Writes the whole report as HTML with inline pictures and charts.</summary>
    public string ToHtml() => new HtmlReport(this).Write();
}
