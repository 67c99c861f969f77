using System.Globalization;
using System.Text;

namespace FedHe.PrivacyAudit;

/// <summary>What a run found, as one HTML file that needs nothing else, and as a table of comma-separated values.</summary>
public sealed class AuditReport
{
    private readonly IReadOnlyList<AuditResult> _results;
    private readonly (string Selection, string Attack)[] _columns;
    private readonly double[] _ratios;

    /// <summary>Collects what the report shows.</summary>
    /// <param name="results">The results of a run, at least one.</param>
    public AuditReport(IReadOnlyList<AuditResult> results)
    {
        ArgumentNullException.ThrowIfNull(results);
        ArgumentOutOfRangeException.ThrowIfZero(results.Count, nameof(results));
        _results = results;
        _columns = [.. results.Select(result => (result.Mask.Selection, result.Attack)).Distinct()];
        _ratios = [.. results.Select(result => result.Mask.Ratio).Distinct().Order()];
    }

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
        .. _results.Select(result => result.Mask.Selection).Distinct().SelectMany(selection =>
            _results.Select(result => result.Attack).Distinct().Cast<string?>().Prepend(null)
                .Select(attack => Recommendation.Of(_results, selection, attack, LeakThreshold))),
    ];

    /// <summary>One line per result.</summary>
    public string ToCsv()
    {
        var text = new StringBuilder("selection,ratio,attack,picture,label,label_found,recovered,mse,psnr,ssim,msssim,msssim_sewar,vif,vif_sewar,uqi,uqi_sewar,restarts,iterations,seconds\n");
        foreach (AuditResult result in _results)
        {
            ImageScores scores = result.Scores;
            text.Append(CultureInfo.InvariantCulture, $"{Quote(result.Mask.Selection)},{result.Mask.Ratio},{Quote(result.Attack)},{Quote(result.Sample.Name)},");
            text.Append(CultureInfo.InvariantCulture, $"{result.Sample.Label},{result.Label},{(result.IsRecovered ? 1 : 0)},{scores.MeanSquaredError:G6},{scores.PeakSignalToNoise:F2},");
            text.Append(CultureInfo.InvariantCulture, $"{scores.Structural:F4},{scores.MultiScale:F4},{scores.SewarMultiScale:F4},{scores.VisualInformation:F4},{scores.SewarVisualInformation:F4},");
            text.Append(CultureInfo.InvariantCulture, $"{scores.UniversalQuality:F4},{scores.SewarUniversalQuality:F4},{result.Restarts},{result.Iterations},{result.Seconds:F1}\n");
        }

        return text.ToString();
    }

    /// <summary>The table of means as plain text, for terminals, with the recommendations below.</summary>
    public string ToText()
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"{"selection",-16}{"p",8}  {"attack",-50}{"recovered",10}{"leaked",8}{"MSE",10}{"PSNR",7}{"SSIM",7}{"MS-SSIM",9}{"VIF",7}{"UQI",7}{"starts",8}{"s",7}\n");
        foreach ((string selection, string attack) in _columns)
        {
            foreach (double ratio in _ratios)
            {
                AuditResult[] cell = Cell(selection, attack, ratio);
                if (cell.Length == 0)
                {
                    continue;
                }

                string recovered = $"{cell.Count(result => result.IsRecovered)}/{cell.Length}";
                string leaked = $"{cell.Count(result => Recommendation.Leaks(result, LeakThreshold))}/{cell.Length}";
                double Mean(Func<ImageScores, double> score) => cell.Average(result => score(result.Scores));
                text.Append(CultureInfo.InvariantCulture, $"{selection,-16}{ratio,8:P1}  {attack,-50}{recovered,10}{leaked,8}{Mean(scores => scores.MeanSquaredError),10:E1}");
                text.Append(CultureInfo.InvariantCulture, $"{Mean(scores => scores.PeakSignalToNoise),7:F1}{Mean(scores => scores.Structural),7:F2}{Mean(scores => scores.MultiScale),9:F2}{Mean(scores => scores.VisualInformation),7:F2}{Mean(scores => scores.UniversalQuality),7:F2}");
                text.Append(CultureInfo.InvariantCulture, $"{cell.Sum(result => result.Restarts),8}{cell.Sum(result => result.Seconds),7:F0}\n");
            }
        }

        foreach (Recommendation recommendation in Recommendations)
        {
            string ratio = recommendation.Ratio is { } found ? found.ToString("P1", CultureInfo.InvariantCulture) : "none tried is enough";
            text.Append(CultureInfo.InvariantCulture, $"\nrecommended p, {recommendation.Selection}, {recommendation.Attack ?? "all attacks"}: {ratio}");
        }

        return text.Append('\n').ToString();
    }

    /// <summary>The whole report as HTML with inline pictures and charts.</summary>
    public string ToHtml()
    {
        var html = new StringBuilder();
        html.Append("<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>Privacy audit</title>\n<style>\n");
        html.Append("body{font-family:sans-serif;margin:2em;max-width:110em}table{border-collapse:collapse;margin:1em 0}");
        html.Append("td,th{border:1px solid #ccc;padding:.3em .6em;text-align:right;vertical-align:top}th{background:#f4f4f4}td.l,th.l{text-align:left}");
        html.Append("img{image-rendering:pixelated}figure{display:inline-block;margin:.2em;text-align:center;font-size:75%}.leak{background:#fdd}\n</style></head><body>\n");
        html.Append("<h1>Privacy audit</h1>\n");
        foreach (string note in Notes)
        {
            html.Append(CultureInfo.InvariantCulture, $"<p><code>{LineChart.Escape(note)}</code></p>\n");
        }

        AppendRecommendations(html);
        AppendSummary(html);
        AppendCharts(html);
        AppendCosts(html);
        AppendPictures(html);
        AppendMap(html);
        return html.Append("</body></html>\n").ToString();
    }

    private void AppendRecommendations(StringBuilder html)
    {
        html.Append(CultureInfo.InvariantCulture, $"<h2>Recommended ratio</h2>\n<p>The smallest ratio tried from which on no attack leaks any picture. A picture leaks when its SSIM is at least {LeakThreshold} or it counts as recovered. The attacks are those below and no others: this is evidence, not proof.</p>\n");
        html.Append("<table><tr><th class=\"l\">selection</th><th class=\"l\">attack</th><th>p</th></tr>\n");
        foreach (Recommendation recommendation in Recommendations)
        {
            html.Append(CultureInfo.InvariantCulture, $"<tr><td class=\"l\">{LineChart.Escape(recommendation.Selection)}</td><td class=\"l\">{(recommendation.Attack is { } attack ? LineChart.Escape(attack) : "<b>all of them</b>")}</td>");
            html.Append(CultureInfo.InvariantCulture, $"<td>{(recommendation.Ratio is { } ratio ? ratio.ToString("P1", CultureInfo.InvariantCulture) : "none tried is enough: encrypt everything")}</td></tr>\n");
        }

        html.Append("</table>\n");
    }

    private void AppendSummary(StringBuilder html)
    {
        html.Append("<h2>Scores</h2>\n<p>Means over the pictures. sewar: as the library computes it that the FedML-HE paper used.</p>\n<table><tr>");
        foreach (string name in (string[])["selection", "attack", "p", "recovered", "leaked", "label found", "MSE", "PSNR", "SSIM", "MS-SSIM", "MS-SSIM (sewar)", "VIF-p", "VIF-p (sewar)", "UQI", "UQI (sewar)", "starts", "seconds"])
        {
            html.Append(CultureInfo.InvariantCulture, $"<th>{name}</th>");
        }

        html.Append("</tr>\n");
        foreach ((string selection, string attack) in _columns)
        {
            foreach (double ratio in _ratios)
            {
                AuditResult[] cell = Cell(selection, attack, ratio);
                if (cell.Length > 0)
                {
                    AppendSummaryRow(html, selection, attack, ratio, cell);
                }
            }
        }

        html.Append("</table>\n");
    }

    private void AppendSummaryRow(StringBuilder html, string selection, string attack, double ratio, AuditResult[] cell)
    {
        int leaked = cell.Count(result => Recommendation.Leaks(result, LeakThreshold));
        html.Append(CultureInfo.InvariantCulture, $"<tr{(leaked > 0 ? " class=\"leak\"" : "")}><td class=\"l\">{LineChart.Escape(selection)}</td><td class=\"l\">{LineChart.Escape(attack)}</td><td>{ratio:P1}</td>");
        html.Append(CultureInfo.InvariantCulture, $"<td>{cell.Count(result => result.IsRecovered)} of {cell.Length}</td><td>{leaked} of {cell.Length}</td><td>{cell.Count(result => result.Label == result.Sample.Label)} of {cell.Length}</td>");
        html.Append(CultureInfo.InvariantCulture, $"<td>{cell.Average(result => result.Scores.MeanSquaredError):E1}</td><td>{cell.Average(result => result.Scores.PeakSignalToNoise):F1}</td>");
        foreach (Func<ImageScores, double> score in Scores())
        {
            html.Append(CultureInfo.InvariantCulture, $"<td>{cell.Average(result => score(result.Scores)):F3}</td>");
        }

        html.Append(CultureInfo.InvariantCulture, $"<td>{cell.Sum(result => result.Restarts)}</td><td>{cell.Sum(result => result.Seconds):F0}</td></tr>\n");
    }

    private void AppendCharts(StringBuilder html)
    {
        html.Append("<h2>Score against ratio</h2>\n");
        html.Append(Chart("Structural similarity (SSIM), mean over the pictures", result => result.Scores.Structural));
        html.Append(Chart("Peak signal-to-noise ratio in dB, mean over the pictures", result => result.Scores.PeakSignalToNoise));
    }

    private string Chart(string title, Func<AuditResult, double> score) => LineChart.Draw(
        title,
        "selection ratio p",
        [.. _columns.Select(column => (
            $"{column.Selection}: {column.Attack}",
            (IReadOnlyList<(double, double)>)[.. _ratios
                .Select(ratio => (ratio, Cell(column.Selection, column.Attack, ratio)))
                .Where(point => point.Item2.Length > 0)
                .Select(point => (point.ratio, point.Item2.Average(score)))]))]);

    private void AppendCosts(StringBuilder html)
    {
        if (Costs.Count == 0)
        {
            return;
        }

        html.Append("<h2>Cost of an upload</h2>\n<table><tr><th>p</th><th>bytes</th><th>of float32</th><th>milliseconds to encrypt and serialize</th></tr>\n");
        foreach (UpdateCost cost in Costs)
        {
            html.Append(CultureInfo.InvariantCulture, $"<tr><td>{cost.Ratio:P1}</td><td>{cost.Bytes:N0}</td><td>{(double)cost.Bytes / cost.ClearBytes:F2}</td><td>{cost.Seconds * 1000:F1}</td></tr>\n");
        }

        html.Append("</table>\n");
    }

    private void AppendPictures(StringBuilder html)
    {
        AuditSample[] samples = [.. _results.Select(result => result.Sample).Distinct()];
        html.Append("<h2>Pictures</h2>\n<table><tr><th class=\"l\">original</th><td class=\"l\">");
        foreach (AuditSample sample in samples)
        {
            AppendFigure(html, new ImagePlanes(sample.Picture.Shape[0], sample.Picture.Shape[1], sample.Picture.Shape[2], sample.Picture.Values.ToArray()), LineChart.Escape(sample.Name));
        }

        html.Append("</td></tr>\n");
        foreach ((string selection, string attack) in _columns)
        {
            foreach (double ratio in _ratios)
            {
                AuditResult[] cell = Cell(selection, attack, ratio);
                if (cell.Length == 0)
                {
                    continue;
                }

                html.Append(CultureInfo.InvariantCulture, $"<tr><th class=\"l\">{LineChart.Escape(selection)} {ratio:P1}<br>{LineChart.Escape(attack)}</th><td class=\"l\">");
                foreach (AuditResult result in cell)
                {
                    AppendFigure(html, result.Recovered, string.Create(CultureInfo.InvariantCulture, $"SSIM {result.Scores.Structural:F2}<br>MSE {result.Scores.MeanSquaredError:E1}"));
                }

                html.Append("</td></tr>\n");
            }
        }

        html.Append("</table>\n");
    }

    private void AppendMap(StringBuilder html)
    {
        if (Map is null)
        {
            return;
        }

        html.Append("<h2>Privacy map</h2>\n<p>A pixel per parameter, a row per output of the layer; darker is more sensitive, on one logarithmic scale of four decades.</p>\n");
        foreach ((string name, ImagePlanes picture) in Map.Pictures())
        {
            int zoom = Math.Clamp(800 / picture.Width, 1, 8);
            html.Append(CultureInfo.InvariantCulture, $"<h3>{LineChart.Escape(name)}</h3>\n<img alt=\"\" width=\"{picture.Width * zoom}\" height=\"{picture.Height * zoom}\" style=\"border:1px solid #888\" src=\"{DataUri(picture)}\">\n");
        }
    }

    private static void AppendFigure(StringBuilder html, ImagePlanes picture, string caption)
        => html.Append(CultureInfo.InvariantCulture, $"<figure><img alt=\"\" width=\"96\" height=\"{96 * picture.Height / picture.Width}\" src=\"{DataUri(picture)}\"><figcaption>{caption}</figcaption></figure>");

    private static string DataUri(ImagePlanes picture) => $"data:image/png;base64,{Convert.ToBase64String(PngWriter.Encode(picture))}";

    private static Func<ImageScores, double>[] Scores() =>
    [
        scores => scores.Structural, scores => scores.MultiScale, scores => scores.SewarMultiScale,
        scores => scores.VisualInformation, scores => scores.SewarVisualInformation,
        scores => scores.UniversalQuality, scores => scores.SewarUniversalQuality,
    ];

    private static string Quote(string text) => $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";

    private AuditResult[] Cell(string selection, string attack, double ratio) =>
        [.. _results.Where(result => result.Mask.Selection == selection && result.Attack == attack && result.Mask.Ratio == ratio)];
}
