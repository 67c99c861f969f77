using System.Globalization;
using System.Text;
using FedHe.Learning.Tensors;
using FedHe.MLBridge.Layout;
using FedHe.PrivacyAudit.Metrics;
using FedHe.PrivacyAudit.Runs;
using FedHe.PrivacyAudit.Text;

namespace FedHe.PrivacyAudit.Reporting;

/// <summary>An HTML report writes the results of an audit into one file.</summary>
internal sealed class HtmlReport(AuditReport report)
{
    private const int PictureWidth = 96;
    private const int LeadingPictureWidth = 72;
    private const int MapWidth = 800;
    private const int LargestZoom = 8;

    private const string Style =
        """
        body{font-family:sans-serif;margin:1.5em;max-width:110em}
        table{border-collapse:collapse;margin:1em 0}
        td,th{border:1px solid #ccc;padding:.3em .6em;text-align:left;vertical-align:top}
        th{background:#f4f4f4}
        img{image-rendering:pixelated}
        figure{display:inline-block;margin:.2em;text-align:center;font-size:75%}
        .leak{background:#fdd}
        .beside{display:flex;flex-wrap:wrap;gap:1em 2em;align-items:flex-start}
        .beside table{margin:0;font-size:85%}
        .charts{display:flex;flex-direction:column;gap:1em}
        svg{max-width:100%;height:auto}
        details table{font-size:80%}
        """;

    private static readonly (string Name, Func<ImageScores, double> Score)[] Scores =
    [
        ("SSIM", scores => scores.Structural),
        ("MS-SSIM", scores => scores.MultiScale),
        ("MS-SSIM (sewar)", scores => scores.SewarMultiScale),
        ("VIF-p", scores => scores.VisualInformation),
        ("VIF-p (sewar)", scores => scores.SewarVisualInformation),
        ("UQI", scores => scores.UniversalQuality),
        ("UQI (sewar)", scores => scores.SewarUniversalQuality),
    ];

    private readonly StringBuilder _html = new();

    public string Write()
    {
        _html.Append("<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>Privacy audit</title>\n");
        _html.Append("<style>\n").Append(Style).Append("\n</style></head><body>\n<h1>Privacy audit</h1>\n");
        if (report.Results.Count > 0)
        {
            AppendLeadingPictures();
            AppendRecommendations();
            AppendScores();
            AppendDetails();
        }

        AppendCosts();
        AppendTexts();
        if (report.Results.Count > 0)
        {
            AppendPictures();
        }

        AppendMap();
        AppendNotes();
        return _html.Append("</body></html>\n").ToString();
    }

    /// <summary>Appends, for each selection, the original pictures and below them what came nearest at each ratio.</summary>
    private void AppendLeadingPictures()
    {
        Paragraph(string.Create(
            CultureInfo.InvariantCulture,
            $"Above the pictures that were attacked, below what the attack that came nearest made of each. " +
            $"Red: from a structural similarity (SSIM) of {report.LeakThreshold} on a picture counts as leaked."));
        _html.Append("<div class=\"beside\">\n");
        foreach (IGrouping<string, AuditResult> selection in report.Results.GroupBy(result => result.Mask.Selection))
        {
            AuditSample[] samples = [.. selection.Select(result => result.Sample).Distinct()];
            _html.Append("<table>\n<tr><th>").Append(Escape(selection.Key)).Append("</th>");
            foreach (AuditSample sample in samples)
            {
                _html.Append("<td>");
                Figure(Original(sample), Escape(sample.Name), LeadingPictureWidth);
                _html.Append("</td>");
            }

            _html.Append("</tr>\n");
            foreach (IGrouping<double, AuditResult> row in selection.GroupBy(result => result.Mask.Ratio).OrderBy(row => row.Key))
            {
                _html.Append("<tr><th>p = ").Append(Format($"{row.Key:P1}")).Append("</th>");
                foreach (AuditSample sample in samples)
                {
                    AppendNearest(row.Where(result => result.Sample == sample));
                }

                _html.Append("</tr>\n");
            }

            _html.Append("</table>\n");
        }

        _html.Append("</div>\n");
    }

    private void AppendNearest(IEnumerable<AuditResult> results)
    {
        if (results.MaxBy(result => result.Scores.Structural) is not AuditResult nearest)
        {
            _html.Append("<td>-</td>");
            return;
        }

        _html.Append(Recommendation.Leaks(nearest, report.LeakThreshold) ? "<td class=\"leak\">" : "<td>");
        Figure(nearest.Recovered, Format($"SSIM {nearest.Scores.Structural:F2}"), LeadingPictureWidth);
        _html.Append("</td>");
    }

    private void AppendNotes()
    {
        if (report.Notes.Count > 0)
        {
            Heading("How this was made");
        }

        foreach (string note in report.Notes)
        {
            _html.Append("<p><code>").Append(Escape(note)).Append("</code></p>\n");
        }
    }

    private void AppendRecommendations()
    {
        Heading("Recommended ratio");
        Paragraph(string.Create(
            CultureInfo.InvariantCulture,
            $"The smallest ratio tried from which on no attack leaks any picture. A picture leaks when its SSIM is at least " +
            $"{report.LeakThreshold} or it counts as recovered. The attacks are those below and no others: evidence, not proof. " +
            $"Without the strongest built-in attacks no ratio is recommended."));
        Table(
            ["selection", "recommended p"],
            report.Recommendations
                .Where(recommendation => recommendation.Attack is null)
                .Select(recommendation => new TableRow([recommendation.Selection, recommendation.Text])));
    }

    /// <summary>Appends a table narrow enough for a laptop's page, with the charts beside it.</summary>
    private void AppendScores()
    {
        Heading("Scores");
        Paragraph("Means over the pictures.");
        _html.Append("<div class=\"beside\">\n");
        Table(
            ["selection", "p", "attack", "leaked", "recovered", "SSIM", "PSNR"],
            report.Cells.Select(cell => new TableRow(
                [
                    cell.Selection, Format($"{cell.Ratio:P1}"), cell.ShortAttack, $"{cell.Leaked} of {cell.Results.Count}",
                    $"{cell.Recovered} of {cell.Results.Count}", Format($"{cell.Mean(scores => scores.Structural):F2}"),
                    Format($"{cell.Mean(scores => scores.PeakSignalToNoise):F1}"),
                ],
                cell.Leaked > 0)));
        _html.Append("<div class=\"charts\">\n");
        _html.Append(Chart("Structural similarity (SSIM), mean over the pictures", scores => scores.Structural));
        _html.Append(Chart("Peak signal-to-noise ratio in dB, mean over the pictures", scores => scores.PeakSignalToNoise));
        _html.Append("</div>\n</div>\n");
    }

    /// <summary>Appends every measure, and the ratio from which on each attack fails, for readers who look closer.</summary>
    private void AppendDetails()
    {
        _html.Append("<details>\n<summary>All measures, and where each attack fails</summary>\n");
        Paragraph("Means over the pictures. sewar: as the library computes it that the FedML-HE paper used.");
        Table(
            [
                "selection", "p", "attack", "recovered", "leaked", "label found", "MSE", "PSNR",
                .. Scores.Select(score => score.Name), "starts", "seconds",
            ],
            report.Cells.Select(cell => new TableRow(
                [
                    cell.Selection, Format($"{cell.Ratio:P1}"), cell.Attack, $"{cell.Recovered} of {cell.Results.Count}",
                    $"{cell.Leaked} of {cell.Results.Count}", $"{cell.LabelsFound} of {cell.Results.Count}",
                    Format($"{cell.Mean(scores => scores.MeanSquaredError):E1}"),
                    Format($"{cell.Mean(scores => scores.PeakSignalToNoise):F1}"),
                    .. Scores.Select(score => Format($"{cell.Mean(score.Score):F3}")),
                    Format($"{cell.Restarts}"), Format($"{cell.Seconds:F0}"),
                ],
                cell.Leaked > 0)));
        Table(
            ["selection", "attack", "fails from p"],
            report.Recommendations
                .Where(recommendation => recommendation.Attack is not null)
                .Select(recommendation => new TableRow([recommendation.Selection, recommendation.Attack!, recommendation.Text])));
        _html.Append("</details>\n");
    }

    private string Chart(string title, Func<ImageScores, double> score) => LineChart.Draw(
        title,
        "selection ratio p",
        [.. report.Cells
            .GroupBy(cell => $"{cell.Selection}: {cell.ShortAttack}")
            .Select(line => (
                line.Key, (IReadOnlyList<(double, double)>)[.. line.Select(cell => (cell.Ratio, cell.Mean(score)))]))]);

    private void AppendCosts()
    {
        if (report.Costs.Count == 0)
        {
            return;
        }

        Heading("Cost of an upload");
        if (report.CostNote.Length > 0)
        {
            Paragraph(report.CostNote);
        }

        Table(
            ["p", "bytes", "of float32", "milliseconds to check, split, encrypt and serialize"],
            report.Costs.Select(cost => new TableRow(
            [
                Format($"{cost.Ratio:P1}"), Format($"{cost.Bytes:N0}"), Format($"{(double)cost.Bytes / cost.ClearBytes:F2}"),
                Format($"{cost.Seconds * 1000:F1}"),
            ])));
    }

    private void AppendPictures()
    {
        Heading("Every recovered picture");
        _html.Append("<table>\n<tr><th>original</th><td>");
        foreach (AuditSample sample in report.Results.Select(result => result.Sample).Distinct())
        {
            Figure(Original(sample), Escape(sample.Name), PictureWidth);
        }

        _html.Append("</td></tr>\n");
        foreach (ReportCell cell in report.Cells)
        {
            _html.Append("<tr><th>").Append(Escape(cell.Name)).Append("<br>").Append(Escape(cell.Attack)).Append("</th><td>");
            foreach (AuditResult result in cell.Results)
            {
                ImageScores scores = result.Scores;
                Figure(result.Recovered, Format($"SSIM {scores.Structural:F2}<br>MSE {scores.MeanSquaredError:E1}"), PictureWidth);
            }

            _html.Append("</td></tr>\n");
        }

        _html.Append("</table>\n");
    }

    private void AppendMap()
    {
        if (report.Map is null)
        {
            return;
        }

        Heading("Privacy map");
        Paragraph(
            "A pixel per parameter, a row per output of the layer; darker is more sensitive, on one logarithmic scale of four " +
            "decades.");
        foreach ((string name, ImagePlanes picture) in report.Map.Pictures())
        {
            int zoom = Math.Clamp(MapWidth / picture.Width, 1, LargestZoom);
            _html.Append("<h3>").Append(Escape(name)).Append("</h3>\n");
            Image(picture, picture.Width * zoom, picture.Height * zoom);
            _html.Append('\n');
        }
    }

    private void AppendTexts()
    {
        if (report.Texts.Count == 0)
        {
            return;
        }

        Heading("Sentences");
        Paragraph(
            "Means over the sentences. Revealed: tokens that a visible entry of the gradient proves. Recovered: the sentence " +
            "whose gradient comes nearest; in place: the part of its positions with the right token.");
        Table(
            [
                "selection", "p", "encrypted entries", "revealed: precision", "revealed: recall", "recovered: precision",
                "recovered: recall", "in place",
            ],
            report.TextCells.Select(cell => new TableRow(
            [
                cell.Selection, Format($"{cell.Ratio:P1}"), cell.TreatmentName,
                Format($"{cell.Mean(text => text.Revealed.Precision):P0}"), Format($"{cell.Mean(text => text.Revealed.Recall):P0}"),
                Format($"{cell.Mean(text => text.Sequence.Precision):P0}"), Format($"{cell.Mean(text => text.Sequence.Recall):P0}"),
                Format($"{cell.Mean(text => text.Sequence.InPlace):P0}"),
            ])));
        AppendSpelledTexts();
    }

    /// <summary>Appends every recovered sentence below its original, with the right tokens in bold.</summary>
    private void AppendSpelledTexts()
    {
        foreach (IGrouping<string, TextResult> sentence in report.Texts.GroupBy(text => Spell(text.Original)))
        {
            _html.Append("<table>\n<tr><th>original</th><td>").Append(Escape(sentence.Key)).Append("</td></tr>\n");
            foreach (TextResult text in sentence)
            {
                var cell = new TextCell(text.Mask.Selection, text.Mask.Ratio, text.Treatment, [text]);
                string name = Format($"{cell.Selection} {cell.Ratio:P1}, encrypted entries {cell.TreatmentName}");
                IEnumerable<string> words = text.Recovered.Select((token, position) =>
                    position < text.Original.Count && text.Original[position] == token
                        ? $"<b>{Escape(Spell([token]))}</b>"
                        : Escape(Spell([token])));
                _html.Append("<tr><th>").Append(Escape(name)).Append("</th><td>");
                _html.Append(text.Recovered.Count > 0 ? string.Join(' ', words) : "-").Append("</td></tr>\n");
            }

            _html.Append("</table>\n");
        }
    }

    private string Spell(IEnumerable<int> tokens) => report.Spell?.Invoke(tokens) ?? string.Join(' ', tokens);

    private void Heading(string text) => _html.Append("<h2>").Append(Escape(text)).Append("</h2>\n");

    private void Paragraph(string text) => _html.Append("<p>").Append(Escape(text)).Append("</p>\n");

    private void Table(IEnumerable<string> names, IEnumerable<TableRow> rows)
    {
        _html.Append("<table>\n<tr>");
        foreach (string name in names)
        {
            _html.Append("<th>").Append(Escape(name)).Append("</th>");
        }

        _html.Append("</tr>\n");
        foreach (TableRow row in rows)
        {
            _html.Append(row.IsLeak ? "<tr class=\"leak\">" : "<tr>");
            foreach (string text in row.Texts)
            {
                _html.Append("<td>").Append(Escape(text)).Append("</td>");
            }

            _html.Append("</tr>\n");
        }

        _html.Append("</table>\n");
    }

    private static ImagePlanes Original(AuditSample sample)
    {
        TensorShape shape = sample.Picture.Shape;
        return new ImagePlanes(shape[0], shape[1], shape[2], sample.Picture.Values.ToArray());
    }

    private void Figure(ImagePlanes picture, string caption, int width)
    {
        _html.Append("<figure>");
        Image(picture, width, width * picture.Height / picture.Width);
        _html.Append("<figcaption>").Append(caption).Append("</figcaption></figure>");
    }

    private void Image(ImagePlanes picture, int width, int height)
    {
        string data = Convert.ToBase64String(PngWriter.Encode(picture));
        _html.Append(CultureInfo.InvariantCulture, $"<img alt=\"\" width=\"{width}\" height=\"{height}\" ");
        _html.Append("src=\"data:image/png;base64,").Append(data).Append("\">");
    }

    private static string Format(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    private static string Escape(string text) => LineChart.Escape(text);

    private readonly record struct TableRow(IReadOnlyList<string> Texts, bool IsLeak = false);
}
