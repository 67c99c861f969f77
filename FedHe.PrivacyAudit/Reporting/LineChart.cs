using System.Globalization;
using System.Text;

namespace FedHe.PrivacyAudit;

/// <summary>A chart of lines as SVG.</summary>
internal static class LineChart
{
    private const int Width = 720;
    private const int Height = 340;
    private const int Left = 60;
    private const int Right = 20;
    private const int Top = 34;
    private const int Bottom = 44;
    private const int LegendRow = 18;

    private static readonly string[] Colors =
        ["#1f77b4", "#d62728", "#2ca02c", "#ff7f0e", "#9467bd", "#8c564b", "#e377c2", "#7f7f7f", "#17becf", "#bcbd22"];

    /// <summary>Draws lines over a common horizontal axis.</summary>
    /// <param name="title">The title.</param>
    /// <param name="horizontal">What runs to the right.</param>
    /// <param name="lines">Named points; NaN and infinities are left out.</param>
    public static string Draw(string title, string horizontal, IReadOnlyList<(string Name, IReadOnlyList<(double X, double Y)> Points)> lines)
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

        var svg = new StringBuilder();
        svg.Append(CultureInfo.InvariantCulture, $"<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {Width} {Height + (lines.Count * LegendRow)}\" ");
        svg.Append(CultureInfo.InvariantCulture, $"width=\"{Width}\" font-family=\"sans-serif\" font-size=\"12\" role=\"img\">\n");
        svg.Append(CultureInfo.InvariantCulture, $"<text x=\"{Left}\" y=\"18\" font-size=\"14\">{Escape(title)}</text>\n");
        foreach (double tick in Ticks(low, high))
        {
            svg.Append(CultureInfo.InvariantCulture, $"<line x1=\"{Left}\" x2=\"{Width - Right}\" y1=\"{Y(tick):F1}\" y2=\"{Y(tick):F1}\" stroke=\"#ddd\"/>");
            svg.Append(CultureInfo.InvariantCulture, $"<text x=\"{Left - 6}\" y=\"{Y(tick) + 4:F1}\" text-anchor=\"end\">{tick:G4}</text>\n");
        }

        foreach (double tick in all.Select(point => point.X).Distinct())
        {
            svg.Append(CultureInfo.InvariantCulture, $"<text x=\"{X(tick):F1}\" y=\"{Height - Bottom + 16}\" text-anchor=\"middle\">{tick:G4}</text>\n");
        }

        svg.Append(CultureInfo.InvariantCulture, $"<text x=\"{(Width + Left) / 2}\" y=\"{Height - 8}\" text-anchor=\"middle\">{Escape(horizontal)}</text>\n");
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
        string path = string.Join(' ', points.Select(point => string.Create(CultureInfo.InvariantCulture, $"{point.X:F1},{point.Y:F1}")));
        string dashes = index % 2 == 0 ? string.Empty : " stroke-dasharray=\"6 3\"";
        svg.Append(CultureInfo.InvariantCulture, $"<polyline points=\"{path}\" fill=\"none\" stroke=\"{color}\" stroke-width=\"2\"{dashes}/>");
        foreach ((double x, double y) in points)
        {
            svg.Append(CultureInfo.InvariantCulture, $"<circle cx=\"{x:F1}\" cy=\"{y:F1}\" r=\"3\" fill=\"{color}\"/>");
        }

        int row = Height + (index * LegendRow);
        svg.Append(CultureInfo.InvariantCulture, $"<line x1=\"{Left}\" x2=\"{Left + 28}\" y1=\"{row + 6}\" y2=\"{row + 6}\" stroke=\"{color}\" stroke-width=\"2\"{dashes}/>");
        svg.Append(CultureInfo.InvariantCulture, $"<text x=\"{Left + 34}\" y=\"{row + 10}\">{Escape(name)}</text>\n");
    }

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
