using System.Globalization;
using System.Text;

namespace FedHe.PrivacyAudit.Reporting;

/// <summary>A line chart draws lines as SVG.</summary>
internal static class LineChart
{
    private const int Width = 720;
    private const int ShownWidth = 480;
    private const int Height = 340;
    private const int Left = 60;
    private const int Right = 20;
    private const int Top = 34;
    private const int Bottom = 44;
    private const int LegendRow = 22;
    private const int LabelWidth = 44;

    private static readonly string[] Colors =
        ["#1f77b4", "#d62728", "#2ca02c", "#ff7f0e", "#9467bd", "#8c564b", "#e377c2", "#7f7f7f", "#17becf", "#bcbd22"];

    /// <summary>Draws lines over a common horizontal axis.</summary>
    /// <param name="title">The title.</param>
    /// <param name="horizontal">The title of the horizontal axis.</param>
    /// <param name="lines">Named points; NaN and infinities are left out.</param>
    public static string Draw(
        string title, string horizontal, IReadOnlyList<(string Name, IReadOnlyList<(double X, double Y)> Points)> lines)
    {
        (double X, double Y)[] all = [.. lines.SelectMany(line => line.Points).Where(IsFinite)];
        if (all.Length == 0)
        {
            return string.Empty;
        }

        (double left, double right) = Range(all.Select(point => point.X));
        (double low, double high) = Range(all.Select(point => point.Y).Append(0));
        double X(double value) => Left + ((value - left) / (right - left) * (Width - Left - Right));
        double Y(double value) => Height - Bottom - ((value - low) / (high - low) * (Height - Top - Bottom));

        int height = Height + (lines.Count * LegendRow);
        var svg = new StringBuilder("<svg xmlns=\"http://www.w3.org/2000/svg\" font-family=\"sans-serif\" font-size=\"15\" ");
        svg.Append(CultureInfo.InvariantCulture, $"viewBox=\"0 0 {Width} {height}\" width=\"{ShownWidth}\" role=\"img\">\n");
        AppendText(svg, Left, Top - 16, "start", title);
        foreach (double tick in Ticks(low, high))
        {
            AppendSegment(svg, (Left, Y(tick)), (Width - Right, Y(tick)), "stroke=\"#ddd\"");
            AppendText(svg, Left - 6, Y(tick) + 4, "end", tick.ToString("G4", CultureInfo.InvariantCulture));
        }

        double labeled = double.NegativeInfinity;
        foreach (double tick in all.Select(point => point.X).Distinct().Order())
        {
            AppendSegment(svg, (X(tick), Height - Bottom), (X(tick), Height - Bottom + 4), "stroke=\"#888\"");
            if (X(tick) - labeled >= LabelWidth)
            {
                labeled = X(tick);
                AppendText(svg, labeled, Height - Bottom + 18, "middle", tick.ToString("G4", CultureInfo.InvariantCulture));
            }
        }

        AppendText(svg, (Width + Left) / 2, Height - 6, "middle", horizontal);
        for (int i = 0; i < lines.Count; i++)
        {
            AppendLine(svg, lines[i].Name, [.. lines[i].Points.Where(IsFinite).Select(point => (X(point.X), Y(point.Y)))], i);
        }

        return svg.Append("</svg>\n").ToString();
    }

    internal static string Escape(string text) => System.Net.WebUtility.HtmlEncode(text);

    private static void AppendLine(StringBuilder svg, string name, (double X, double Y)[] points, int index)
    {
        string color = Colors[index % Colors.Length];
        string pen = $"stroke=\"{color}\" stroke-width=\"2\"{(index % 2 == 0 ? string.Empty : " stroke-dasharray=\"6 3\"")}";
        string path = string.Join(' ', points.Select(point => Format($"{point.X:F1},{point.Y:F1}")));
        svg.Append("<polyline points=\"").Append(path).Append("\" fill=\"none\" ").Append(pen).Append("/>\n");
        foreach ((double x, double y) in points)
        {
            svg.Append(Format($"<circle cx=\"{x:F1}\" cy=\"{y:F1}\" r=\"3\" fill=\"{color}\"/>\n"));
        }

        int row = Height + (index * LegendRow);
        AppendSegment(svg, (Left, row + 6), (Left + 28, row + 6), pen);
        AppendText(svg, Left + 34, row + 10, "start", name);
    }

    private static void AppendSegment(StringBuilder svg, (double X, double Y) from, (double X, double Y) to, string pen)
        => svg.Append(Format($"<line x1=\"{from.X:F1}\" y1=\"{from.Y:F1}\" x2=\"{to.X:F1}\" y2=\"{to.Y:F1}\" {pen}/>\n"));

    private static void AppendText(StringBuilder svg, double x, double y, string anchor, string text)
        => svg.Append(Format($"<text x=\"{x:F1}\" y=\"{y:F1}\" text-anchor=\"{anchor}\">{Escape(text)}</text>\n"));

    private static string Format(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    private static bool IsFinite((double X, double Y) point) => double.IsFinite(point.X) && double.IsFinite(point.Y);

    private static (double Low, double High) Range(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        return sorted[^1] > sorted[0] ? (sorted[0], sorted[^1]) : (sorted[0], sorted[0] + 1);
    }

    private static IEnumerable<double> Ticks(double low, double high)
    {
        double step = Math.Pow(10, Math.Floor(Math.Log10(high - low)));
        step = (high - low) / step < 3 ? step / 2 : step;
        for (double tick = Math.Ceiling(low / step) * step; tick <= high + (step * 1e-9); tick += step)
        {
            yield return Math.Abs(tick) < step * 1e-9 ? 0 : tick;
        }
    }
}
