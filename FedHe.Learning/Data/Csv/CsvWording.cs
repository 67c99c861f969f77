using System.Globalization;

namespace FedHe.Learning.Data.Csv;

/// <summary>The wording keeps messages about tables short, whatever the table holds.</summary>
internal static class CsvWording
{
    private const int LongestText = 40;
    private const int MostNames = 10;

    /// <summary>Shortens a text of the table.</summary>
    public static string Shown(string text)
    {
        string line = text.ReplaceLineEndings(" ");
        return line.Length <= LongestText ? line : $"{line[..LongestText]}...";
    }

    /// <summary>Lists the first names of many.</summary>
    public static string Listed(IReadOnlyCollection<string> names) => string.Join(", ", names.Take(MostNames).Select(Shown))
        + (names.Count > MostNames ? string.Create(CultureInfo.InvariantCulture, $", ... ({names.Count} in all)") : string.Empty);

    /// <summary>Names a separator.</summary>
    public static string Separator(char separator) => separator switch
    {
        '\t' => "tab",
        ' ' => "blanks",
        _ => $"'{separator}'",
    };
}
