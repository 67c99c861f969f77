using System.Globalization;

namespace FedHe.Learning.Data.Csv;

/// <summary>The notes on a table tell in one line each what was read, skipped, guessed and replaced.</summary>
internal static class CsvNotes
{
    // Wide tables have the same to say of many columns.
    private const int MostOfAKind = 8;

    /// <summary>Words the notes on a table that has been read.</summary>
    public static IReadOnlyList<string> Of(CsvProfile profile, CsvLabels labels, int width)
    {
        IEnumerable<(string Kind, string Note)> columns = profile.Columns.Where(column => column != profile.Label).SelectMany(OfColumn);
        return
        [
            Summary(profile, labels, width),
            .. profile.Notes,
            .. labels.Names.GroupBy(name => name, StringComparer.OrdinalIgnoreCase).Where(spellings => spellings.Count() > 1)
                .Select(spellings => $"The classes {CsvWording.Listed([.. spellings])} differ in upper and lower case only."),
            .. columns.GroupBy(note => note.Kind, note => note.Note).SelectMany(Shortened),
        ];
    }

    private static string Summary(CsvProfile profile, CsvLabels labels, int width)
    {
        CsvLayout layout = profile.Layout;
        string header = profile.HasHeader ? string.Create(CultureInfo.InvariantCulture, $"header on line {layout.HeadLine}")
            : layout.CommentedNames is not null ? "header in a comment" : "no header";
        return string.Create(
            CultureInfo.InvariantCulture,
            $"Read {profile.Rows} rows of {width} features, label '{CsvWording.Shown(profile.Label.Name)}' of {labels.Names.Count} classes " +
            $"({CsvWording.Listed([.. labels.Names])}); {layout.Source.EncodingName}, separator {CsvWording.Separator(layout.Separator)}, " +
            $"decimal {(profile.DecimalMark == ',' ? "comma" : "point")}, {header}.");
    }

    private static IEnumerable<string> Shortened(IGrouping<string, string> notes)
    {
        int count = notes.Count();
        return count <= MostOfAKind
            ? notes
            : notes.Take(MostOfAKind).Append(string.Create(CultureInfo.InvariantCulture, $"The same ({notes.Key}) holds for {count - MostOfAKind} more columns."));
    }

    private static IEnumerable<(string Kind, string Note)> OfColumn(CsvColumn column)
    {
        string name = CsvWording.Shown(column.Name);
        if (column.IsLeftOut || column.IsEmpty || column.IsIdentifier)
        {
            yield return column.IsLeftOut ? ("left out as asked", $"The column '{name}' was left out as asked.")
                : column.IsEmpty ? ("no value", $"The column '{name}' has no value and was left out.")
                : ("identifier", $"The column '{name}' has another text in every row ({column.Cells.FirstText}) and was left out as an identifier.");
            yield break;
        }

        if (!column.IsNumeric)
        {
            yield return ("indicators", Format($"The text column '{name}' became {column.Distinct.Count} indicator columns."));
            if (column.Missing > 0)
            {
                yield return ("no indicator set", Format($"{column.Missing} missing values of '{name}' have no indicator set."));
            }

            yield break;
        }

        if (column.Cells.FirstInfinity is { } infinity)
        {
            yield return ("infinite", Format($"{column.Cells.Infinities} values of '{name}' are infinite or too large for a 32-bit float, first {infinity}, and count as missing."));
        }

        if (column.Cells.FirstPlaceholder is { } placeholder)
        {
            yield return ("placeholder", $"In '{name}', {placeholder} and its like count as missing.");
        }

        if (column.Missing + column.Cells.Blanks > 0)
        {
            yield return ("mean", Format($"{column.Missing + column.Cells.Blanks} missing values of '{name}' were replaced by the column's mean."));
        }
    }

    private static string Format(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
