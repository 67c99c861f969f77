using System.Globalization;

namespace FedHe.Learning.Data.Csv;

/// <summary>A header decision tells whether the first record of a table holds names, and whether that is a guess.</summary>
/// <param name="IsHeader">Whether the record holds names.</param>
/// <param name="Note">What the user should know about the decision, or null where it is plain.</param>
internal readonly record struct CsvHeader(bool IsHeader, string? Note)
{
    private const int FewestPositions = 3;

    private static readonly HashSet<string> LabelNames = new(StringComparer.OrdinalIgnoreCase)
    {
        "class", "label", "target", "outcome", "diagnosis", "category", "result", "species", "y",
    };

    /// <summary>Compares the first record with what the other rows hold.</summary>
    /// <param name="first">The first record.</param>
    /// <param name="columns">The columns of the other rows.</param>
    /// <param name="label">The label column.</param>
    /// <param name="comesAgain">Whether other records equal the first one.</param>
    public static CsvHeader Of(CsvRecord first, IReadOnlyList<CsvColumn> columns, CsvColumn label, bool comesAgain)
    {
        IReadOnlyList<string> cells = first.Cells;
        CsvColumn[] texts = [.. columns.Where(column => IsText(cells[column.Index]))];
        CsvColumn[] numeric = [.. columns.Where(column => column.IsNumericUnder('.') || column.IsNumericUnder(','))];
        bool isNewLabel = !label.Distinct.Contains(cells[label.Index]);
        if (texts.Length == 0)
        {
            return isNewLabel && label.Distinct.Count > 1 && ArePositions(cells)
                ? new CsvHeader(true, Guess(first, "was taken for the header, because it counts the columns"))
                : default;
        }

        int named = numeric.Count(column => texts.Contains(column));
        int numbered = numeric.Count(column => IsNumber(cells[column.Index]));
        if (named > 0 && numbered > 0)
        {
            // Years are names too; one word among numbers is a fault of the row.
            bool isHeader = named >= numbered || (texts.Contains(label) && isNewLabel);
            return new CsvHeader(isHeader, Guess(first, isHeader ? "was taken for the header" : "was taken for a row"));
        }

        if (numbered > 0 && isNewLabel && label.Distinct.Count > 1 && LabelNames.Contains(cells[label.Index]))
        {
            return new CsvHeader(true, Guess(first, $"was taken for the header, because '{cells[label.Index]}' names labels and is none"));
        }

        if (numbered > 0)
        {
            return new CsvHeader(false, texts.Contains(label) && isNewLabel && cells.Distinct().Count() == cells.Count
                && numbered == numeric.Length && label.Distinct.Count > 1
                ? Guess(first, "was taken for a row, because it holds numbers where the other rows do")
                : null);
        }

        return named > 0
            ? new CsvHeader(true, null)
            : !comesAgain && texts.All(column => !column.Distinct.Contains(cells[column.Index]))
                ? new CsvHeader(true, Guess(first, "was taken for the header, because its texts never come again"))
                : default;
    }

    /// <summary>Tells whether a record that comes twice may be a header that was repeated, which numbers alone are not.</summary>
    public static bool MayRepeat(IReadOnlyList<string> cells) => cells.Any(IsText);

    /// <summary>Tells whether the cells of a first record could be names, which numbers other than positions are not.</summary>
    public static bool MayBeNames(IReadOnlyList<string> cells) => cells.Any(IsText) || ArePositions(cells);

    private static string Guess(CsvRecord first, string decision) => string.Create(
        CultureInfo.InvariantCulture,
        $"Guess: line {first.Line} ({CsvWording.Listed([.. first.Cells])}) {decision} (option: header).");

    private static bool ArePositions(IReadOnlyList<string> cells)
    {
        bool Counts(int from) => cells.Select((cell, index) => cell == (index + from).ToString(CultureInfo.InvariantCulture)).All(fits => fits);
        return cells.Count >= FewestPositions && (Counts(0) || Counts(1));
    }

    private static bool IsText(string cell)
        => CsvNumber.Classify(cell, '.', out _) == CsvCellKind.Text && CsvNumber.Classify(cell, ',', out _) == CsvCellKind.Text;

    private static bool IsNumber(string cell)
        => CsvNumber.Classify(cell, '.', out _) == CsvCellKind.Number || CsvNumber.Classify(cell, ',', out _) == CsvCellKind.Number;
}
