using System.Globalization;
using System.Text;
using FedHe.Crypto.Kernels.MultiPrecision;
using FedHe.PrivacyAudit.Metrics;
using FedHe.PrivacyAudit.Runs;

namespace FedHe.PrivacyAudit.Reporting;

/// <summary>The text of a report is either comma-separated values or a table.</summary>
internal static class ReportText
{
    public static string Csv(AuditReport report)
    {
        var text = new StringBuilder(
            "selection,ratio,attack,picture,label,label_found,recovered,mse,psnr,ssim,msssim,msssim_sewar,vif,vif_sewar," +
            "uqi,uqi_sewar,restarts,iterations,seconds\n");
        foreach (AuditResult result in report.Results)
        {
            ImageScores scores = result.Scores;
            string[] fields =
            [
                Quote(result.Mask.Selection), Number(result.Mask.Ratio), Quote(result.Attack), Quote(result.Sample.Name),
                Number(result.Sample.Label), Number(result.Label), result.IsRecovered ? "1" : "0",
                Number(scores.MeanSquaredError), Number(scores.PeakSignalToNoise), Number(scores.Structural),
                Number(scores.MultiScale), Number(scores.SewarMultiScale),
                Number(scores.VisualInformation), Number(scores.SewarVisualInformation),
                Number(scores.UniversalQuality), Number(scores.SewarUniversalQuality),
                Number(result.Restarts), Number(result.Iterations), Number(result.Seconds),
            ];
            text.Append(string.Join(',', fields)).Append('\n');
        }

        return text.ToString();
    }

    public static string Table(AuditReport report)
    {
        var text = new StringBuilder();
        ReportCell[] cells = [.. report.Cells];
        int width = cells.Select(cell => cell.ShortAttack.Length).DefaultIfEmpty().Max();
        text.Append($"{"selection",-16}{"p",8}  {"attack".PadRight(width)}{"recovered",10}{"leaked",8}{"MSE",10}{"PSNR",7}{"SSIM",7}");
        text.Append($"{"MS-SSIM",9}{"VIF",7}{"UQI",7}{"starts",8}{"s",7}\n");
        foreach (ReportCell cell in cells)
        {
            string recovered = $"{cell.Recovered}/{cell.Results.Count}";
            string leaked = $"{cell.Leaked}/{cell.Results.Count}";
            text.Append(CultureInfo.InvariantCulture, $"{cell.Selection,-16}{cell.Ratio,8:P1}  {cell.ShortAttack.PadRight(width)}");
            text.Append(CultureInfo.InvariantCulture, $"{recovered,10}{leaked,8}");
            text.Append(CultureInfo.InvariantCulture, $"{cell.Mean(scores => scores.MeanSquaredError),10:E1}");
            text.Append(CultureInfo.InvariantCulture, $"{cell.Mean(scores => scores.PeakSignalToNoise),7:F1}");
            text.Append(CultureInfo.InvariantCulture, $"{cell.Mean(scores => scores.Structural),7:F2}");
            text.Append(CultureInfo.InvariantCulture, $"{cell.Mean(scores => scores.MultiScale),9:F2}");
            text.Append(CultureInfo.InvariantCulture, $"{cell.Mean(scores => scores.VisualInformation),7:F2}");
            text.Append(CultureInfo.InvariantCulture, $"{cell.Mean(scores => scores.UniversalQuality),7:F2}");
            text.Append(CultureInfo.InvariantCulture, $"{cell.Restarts,8}{cell.Seconds,7:F0}\n");
        }

        foreach (Recommendation recommendation in report.Recommendations)
        {
            string subject = recommendation.Attack is string attack
                ? $"{attack} fails from p, {recommendation.Selection}"
                : $"recommended p, {recommendation.Selection}";
            text.Append('\n').Append(subject).Append(": ").Append(recommendation.Text);
        }

        return text.Append('\n').ToString();
    }

    private static string Number(double value) => value.ToString("G6", CultureInfo.InvariantCulture);

    private static string Quote(string text) => $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
}
