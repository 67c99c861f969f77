namespace FedHe.PrivacyAudit;

/// <summary>What a run found, as one HTML file that needs nothing else, as text, and as comma-separated
/// values.</summary>
public sealed class AuditReport
{
    /// <summary>Collects what the report shows.</summary>
    /// <param name="results">The results of a run, at least one.</param>
    public AuditReport(IReadOnlyList<AuditResult> results)
    {
        ArgumentNullException.ThrowIfNull(results);
        ArgumentOutOfRangeException.ThrowIfZero(results.Count, nameof(results));
        Results = results;
    }

    /// <summary>The results.</summary>
    public IReadOnlyList<AuditResult> Results { get; }

    /// <summary>Lines of text above everything else: the command, the seed, the data.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];

    /// <summary>Bytes and time per ratio; may be empty.</summary>
    public IReadOnlyList<UpdateCost> Costs { get; init; } = [];

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

    /// <summary>One line per result.</summary>
    public string ToCsv() => ReportText.Csv(this);

    /// <summary>The table of means as plain text, for terminals, with the recommendations below.</summary>
    public string ToText() => ReportText.Table(this);

    /// <summary>The whole report as HTML with inline pictures and charts.</summary>
    public string ToHtml() => new HtmlReport(this).Write();
}
