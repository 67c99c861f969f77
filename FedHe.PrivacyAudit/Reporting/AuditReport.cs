using FedHe.PrivacyAudit.Runs;
using FedHe.PrivacyAudit.Text;

namespace FedHe.PrivacyAudit.Reporting;

/// <summary>What a run found, as one HTML file that needs nothing else, as text, and as comma-separated
/// values.</summary>
public sealed class AuditReport
{
    /// <summary>Collects what the report shows.</summary>
    /// <param name="results">The results of a run; empty where only sentences were attacked.</param>
    public AuditReport(IReadOnlyList<AuditResult> results)
    {
        ArgumentNullException.ThrowIfNull(results);
        Results = results;
    }

    /// <summary>The results.</summary>
    public IReadOnlyList<AuditResult> Results { get; }

    /// <summary>Lines of text above everything else: the command, the seed, the data.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];

    /// <summary>Bytes and time per ratio; may be empty.</summary>
    public IReadOnlyList<UpdateCost> Costs { get; init; } = [];

    /// <summary>What the costs were measured under; empty to leave it out.</summary>
    public string CostNote { get; init; } = string.Empty;

    /// <summary>What the attack on sentences found; may be empty.</summary>
    public IReadOnlyList<TextResult> Texts { get; init; } = [];

    /// <summary>Turns the tokens of <see cref="Texts"/> into words; null to show their numbers.</summary>
    public Func<IEnumerable<int>, string>? Spell { get; init; }

    /// <summary>The map the masks come from, to be drawn; may be null.</summary>
    public PrivacyMap? Map { get; init; }

    /// <summary>The structural similarity (SSIM) from which on a picture counts as leaked.</summary>
    public double LeakThreshold { get; init; } = 0.3;

    /// <summary>What the results recommend: for each selection, all attacks together and each of them.</summary>
    public IReadOnlyList<Recommendation> Recommendations =>
    [
        .. Results.Select(result => result.Mask.Selection).Distinct().SelectMany(selection =>
            Results.Select(result => result.Attack).Distinct().Cast<string?>().Prepend(null)
                .Select(attack => Recommendation.Of(Results, selection, attack, LeakThreshold))),
    ];

    /// <summary>Results of one selection, attack and ratio, in the order of the run's selections and attacks and of
    /// ascending ratios.</summary>
    internal IEnumerable<ReportCell> Cells => Results
        .GroupBy(result => (result.Mask.Selection, result.Attack))
        .SelectMany(column => column
            .GroupBy(result => result.Mask.Ratio)
            .OrderBy(group => group.Key)
            .Select(group => new ReportCell(column.Key.Selection, column.Key.Attack, group.Key, [.. group], LeakThreshold)));

    /// <summary>Sentences of one selection, ratio and treatment, in the order they came.</summary>
    internal IEnumerable<TextCell> TextCells => Texts
        .GroupBy(text => (text.Mask.Selection, text.Mask.Ratio, text.Treatment))
        .Select(group => new TextCell(group.Key.Selection, group.Key.Ratio, group.Key.Treatment, [.. group]));

    /// <summary>One line per result.</summary>
    public string ToCsv() => ReportText.Csv(this);

    /// <summary>The table of means as plain text, for terminals, with the recommendations below.</summary>
    public string ToText() => ReportText.Table(this);

    /// <summary>The whole report as HTML with inline pictures and charts.</summary>
    public string ToHtml() => new HtmlReport(this).Write();
}
