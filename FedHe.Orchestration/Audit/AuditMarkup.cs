using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace FedHe.Orchestration.Audit;

/// <summary>A page of HTML is written from the top down. Texts pass through <see cref="Escape"/>; nothing else of a log gets into the page.</summary>
internal sealed class AuditMarkup
{
    private const string Style = """
        :root { color-scheme: light dark; --ink: #1b1f24; --soft: #57606a; --line: #d0d7de; --ground: #ffffff; --good: #0b6e4f; --bad: #b3261e; }
        @media (prefers-color-scheme: dark) { :root { --ink: #e6edf3; --soft: #9aa4ae; --line: #3d444d; --ground: #0d1117; --good: #3fb68b; --bad: #ff8a80; } }
        * { box-sizing: border-box; }
        body { margin: 0 auto; padding: 1rem; max-width: 68rem; font: 16px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--ground); overflow-wrap: anywhere; }
        h1 { font-size: 1.5rem; line-height: 1.25; margin: .5rem 0; }
        h2 { font-size: 1.15rem; margin: 0 0 .5rem; }
        section { border-top: 1px solid var(--line); margin-top: 1.5rem; padding-top: 1rem; }
        p { margin: .35rem 0; max-width: 50rem; }
        .good, .bad { font-weight: 600; border-left: .3rem solid; padding-left: .6rem; }
        .good { color: var(--good); }
        .bad { color: var(--bad); }
        dl { display: grid; grid-template-columns: minmax(9rem, max-content) 1fr; gap: .25rem 1rem; margin: .75rem 0; }
        dt { color: var(--soft); }
        dd { margin: 0; }
        table { width: 100%; border-collapse: collapse; font-variant-numeric: tabular-nums; font-size: .92rem; }
        th, td { text-align: left; vertical-align: top; padding: .35rem .6rem .35rem 0; border-bottom: 1px solid var(--line); }
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
        @media print { tr { break-inside: avoid; } }
        """;

    private readonly StringBuilder _html = new();
    private string[] _columns = [];

    public AuditMarkup(string title)
    {
        // The policy names the one style by its hash and allows nothing else.
        string style = Style.ReplaceLineEndings("\n");
        string hash = Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(style)));
        _html.Append("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n")
            .Append(CultureInfo.InvariantCulture, $"<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'sha256-{hash}'\">\n")
            .Append("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n")
            .Append(CultureInfo.InvariantCulture, $"<title>{Escape(title)}</title>\n<style>{style}</style>\n</head>\n<body>\n<main>\n<h1>{Escape(title)}</h1>\n");
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

    public void BeginSection(string title) => _html.Append(CultureInfo.InvariantCulture, $"<section>\n<h2>{Escape(title)}</h2>\n");

    public void EndSection() => _html.Append("</section>\n");

    public void Text(string text) => _html.Append(CultureInfo.InvariantCulture, $"<p>{Escape(text)}</p>\n");

    public void Verdict(bool isGood, string text)
        => _html.Append(CultureInfo.InvariantCulture, $"<p class=\"{(isGood ? "good" : "bad")}\">{Escape(text)}</p>\n");

    public void Facts(IEnumerable<(string Name, string Value)> facts)
    {
        _html.Append("<dl>\n");
        foreach ((string name, string value) in facts)
        {
            _html.Append(CultureInfo.InvariantCulture, $"<dt>{Escape(name)}</dt><dd>{Escape(value)}</dd>\n");
        }

        _html.Append("</dl>\n");
    }

    public void Table(string[] columns, IEnumerable<string[]> rows)
    {
        _columns = columns;
        _html.Append("<table>\n<thead><tr>");
        foreach (string column in columns)
        {
            _html.Append(CultureInfo.InvariantCulture, $"<th scope=\"col\">{Escape(column)}</th>");
        }

        _html.Append("</tr></thead>\n<tbody>\n");
        foreach (string[] row in rows)
        {
            Row(row);
        }

        _html.Append("</tbody>\n</table>\n");
    }

    public string Finish(string footer)
        => _html.Append(CultureInfo.InvariantCulture, $"</main>\n<footer>{Escape(footer)}</footer>\n</body>\n</html>\n").ToString();

    private void Row(string[] cells)
    {
        _html.Append("<tr>");
        foreach ((string column, string cell) in _columns.Zip(cells))
        {
            _html.Append(CultureInfo.InvariantCulture, $"<td data-label=\"{Escape(column)}\">{Escape(cell)}</td>");
        }

        _html.Append("</tr>\n");
    }

    /// <summary>Tells whether a character changes how others are displayed, such as an override of the direction, or is none at all.</summary>
    private static bool Steers(Rune rune) => Rune.GetUnicodeCategory(rune)
        is UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator
        or UnicodeCategory.Surrogate or UnicodeCategory.OtherNotAssigned;
}
