using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace FedHe.Privacy.Reports;

/// <summary>A page of HTML is written from the top down. Texts pass through <see cref="Escape"/>; nothing else of a caller gets into the page.</summary>
internal sealed class HtmlPage
{
    private const string Style = """
        :root { color-scheme: light dark; --ink: #1b1f24; --soft: #57606a; --line: #d0d7de; --ground: #ffffff; --accent: #0b6e4f; }
        @media (prefers-color-scheme: dark) { :root { --ink: #e6edf3; --soft: #9aa4ae; --line: #3d444d; --ground: #0d1117; --accent: #3fb68b; } }
        * { box-sizing: border-box; }
        body { margin: 0 auto; padding: 1rem; max-width: 62rem; font: 16px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--ground); overflow-wrap: anywhere; }
        h1 { font-size: 1.5rem; line-height: 1.25; }
        h2 { font-size: 1.2rem; margin: 0 0 .25rem; }
        section { border-top: 1px solid var(--line); margin-top: 1.5rem; padding-top: 1rem; }
        p { margin: .25rem 0; }
        meter { width: 100%; height: 1.25rem; }
        dl { display: grid; grid-template-columns: minmax(7rem, max-content) 1fr; gap: .25rem 1rem; margin: .75rem 0; }
        dt { color: var(--soft); }
        dd { margin: 0; }
        table { width: 100%; border-collapse: collapse; font-variant-numeric: tabular-nums; }
        th, td { text-align: left; vertical-align: top; padding: .35rem .5rem .35rem 0; border-bottom: 1px solid var(--line); }
        th { color: var(--soft); font-weight: 600; }
        footer { color: var(--soft); border-top: 1px solid var(--line); margin-top: 1.5rem; padding-top: .75rem; font-size: .9rem; }
        @media (max-width: 40rem) {
          dl { grid-template-columns: 1fr; gap: 0; }
          dd { margin-bottom: .5rem; }
          thead { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
          tr { display: block; border-bottom: 1px solid var(--line); padding: .35rem 0; }
          td { display: block; border: 0; padding: .1rem 0; }
          td::before { content: attr(data-label) ": "; color: var(--soft); }
        }
        @media print { section { break-inside: auto; } tr { break-inside: avoid; } }
        """;

    private readonly StringBuilder _html = new();
    private string[] _columns = [];

    public HtmlPage(string title)
    {
        // The policy names the one style by its hash and allows nothing else.
        string style = Style.ReplaceLineEndings("\n");
        string hash = Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(style)));
        _html.Append("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n")
            .Append(CultureInfo.InvariantCulture, $"<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'sha256-{hash}'\">\n")
            .Append("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n")
            .Append(CultureInfo.InvariantCulture, $"<title>{Escape(title)}</title>\n<style>{style}</style>\n</head>\n<body>\n<main>\n");
        Text("h1", title);
    }

    /// <summary>Returns a text whose characters mean nothing to a browser and steer no display.</summary>
    public static string Escape(string text)
    {
        var escaped = new StringBuilder(text.Length);
        foreach (Rune rune in text.EnumerateRunes())
        {
            _ = rune.Value switch
            {
                '<' => escaped.Append("&lt;"),
                '>' => escaped.Append("&gt;"),
                '&' => escaped.Append("&amp;"),
                '"' => escaped.Append("&quot;"),
                '\'' => escaped.Append("&#39;"),
                '`' => escaped.Append("&#96;"),
                '\n' or '\t' => escaped.Append(' '),
                _ when Steers(rune) => escaped.Append('\uFFFD'),
                _ => escaped.Append(rune.ToString()),
            };
        }

        return escaped.ToString();
    }

    public void Begin(string element) => _html.Append(CultureInfo.InvariantCulture, $"<{element}>\n");

    public void End(string element) => _html.Append(CultureInfo.InvariantCulture, $"</{element}>\n");

    public void Text(string element, string text) => _html.Append(CultureInfo.InvariantCulture, $"<{element}>{Escape(text)}</{element}>\n");

    public void Fact(string name, string value)
        => _html.Append(CultureInfo.InvariantCulture, $"<dt>{Escape(name)}</dt><dd>{Escape(value)}</dd>\n");

    /// <summary>Writes a bar for a part of a whole; a part without bound fills it.</summary>
    public void Meter(double part, double whole)
    {
        double share = part < whole ? Math.Ceiling(1e4 * Math.Max(0, part / whole)) / 1e4 : 1;
        _html.Append(CultureInfo.InvariantCulture, $"<meter min=\"0\" max=\"1\" high=\"0.9\" value=\"{share:F4}\">{PrivacyFigures.PercentAtMost(part, whole)} of the budget</meter>\n");
    }

    public void BeginTable(params string[] columns)
    {
        _columns = columns;
        _html.Append("<table>\n<thead><tr>");
        foreach (string column in columns)
        {
            _html.Append(CultureInfo.InvariantCulture, $"<th scope=\"col\">{Escape(column)}</th>");
        }

        _html.Append("</tr></thead>\n<tbody>\n");
    }

    public void Row(params string[] cells)
    {
        _html.Append("<tr>");
        foreach ((string column, string cell) in _columns.Zip(cells))
        {
            _html.Append(CultureInfo.InvariantCulture, $"<td data-label=\"{Escape(column)}\">{Escape(cell)}</td>");
        }

        _html.Append("</tr>\n");
    }

    public void EndTable() => _html.Append("</tbody>\n</table>\n");

    public string Finish() => _html
        .Append("</main>\n<footer>Epsilon bounds how much the presence of one unit changes the probability of anything that is released, up to delta. ")
        .Append("What was released stays released. What remains is no sum of costs: whether another release fits is what the accountant computes.</footer>\n")
        .Append("</body>\n</html>\n")
        .ToString();

    /// <summary>Tells whether a character changes how others are displayed, such as an override of the direction, or is none at all.</summary>
    private static bool Steers(Rune rune) => Rune.GetUnicodeCategory(rune)
        is UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator
        or UnicodeCategory.Surrogate or UnicodeCategory.OtherNotAssigned;
}
