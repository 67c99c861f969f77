using System.Globalization;
using FedHe.Crypto.Kernels.MultiPrecision;
using FedHe.PrivacyAudit.Metrics;
using FedHe.PrivacyAudit.Runs;

namespace FedHe.PrivacyAudit.Reporting;

/// <summary>A report cell gathers the results of all pictures for one selection, attack and ratio.</summary>
internal sealed record ReportCell(
    string Selection, string Attack, double Ratio, IReadOnlyList<AuditResult> Results, double LeakThreshold)
{
    public int Recovered => Results.Count(result => result.IsRecovered);

    public int Leaked => Results.Count(result => Recommendation.Leaks(result, LeakThreshold));

    public int LabelsFound => Results.Count(result => result.Label == result.Sample.Label);

    public int Restarts => Results.Sum(result => result.Restarts);

    public double Seconds => Results.Sum(result => result.Seconds);

    /// <summary>The name of the attack for narrow tables, without the usual treatment of encrypted entries.</summary>
    public string ShortAttack => Attack.Replace(", encrypted entries left out", string.Empty, StringComparison.Ordinal)
        .Replace("encrypted entries ", string.Empty, StringComparison.Ordinal);

    public string Name => string.Create(CultureInfo.InvariantCulture, $"{Selection} {Ratio:P1}");

    public double Mean(Func<ImageScores, double> score) => Results.Average(result => score(result.Scores));
}
