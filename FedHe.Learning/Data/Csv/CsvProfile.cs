using System.Globalization;

namespace FedHe.Learning.Data.Csv;

/// <summary>A table profile holds the separator, the header, the columns and the number of rows that the first pass
/// finds.</summary>
internal sealed class CsvProfile
{
    private CsvProfile(char separator, bool hasHeader, CsvColumn[] columns, int rows)
    {
        Separator = separator;
        HasHeader = hasHeader;
        Columns = columns;
        Rows = rows;
    }

    public char Separator { get; }

    public bool HasHeader { get; }

    public IReadOnlyList<CsvColumn> Columns { get; }

    /// <summary>The number of data rows, without the header.</summary>
    public int Rows { get; }

    /// <exception cref="DatasetFormatException">The file is no table of at least two columns and two rows.</exception>
    public static CsvProfile Of(string path)
    {
        char separator = CsvRecordReader.DetectSeparator(path);
        using var reader = new CsvRecordReader(path, separator);
        CsvRecord first = reader.Read()!.Value;
        if (first.Cells.Count < 2)
        {
            throw DatasetFormatException.In(
                path,
                "the first line has a single column. A table needs features and a label, separated by ',', ';' or tabs.");
        }

        CsvColumn[] columns = first.Cells.Select((cell, index) => new CsvColumn(index, ColumnName(cell, index))).ToArray();
        int rows = 0;
        while (reader.Read() is { } record)
        {
            AddRow(path, columns, record, separator);
            rows++;
        }

        bool hasHeader = IsHeader(first, columns, separator);
        if (!hasHeader)
        {
            AddRow(path, columns, first, separator);
            rows++;
        }

        return rows >= 2
            ? new CsvProfile(separator, hasHeader, columns, rows)
            : throw DatasetFormatException.In(path, "the table has fewer than two rows of data.");
    }

    /// <summary>Finds the label column by name, by zero-based position, or as the last one.</summary>
    public CsvColumn FindLabel(string path, string? label)
    {
        if (label is null)
        {
            return Columns[^1];
        }

        CsvColumn? named = HasHeader
            ? Columns.FirstOrDefault(column => column.Name == label)
                ?? Columns.FirstOrDefault(column => column.Name.Equals(label, StringComparison.OrdinalIgnoreCase))
            : null;
        if (named is not null)
        {
            return named;
        }

        if (int.TryParse(label, NumberStyles.None, CultureInfo.InvariantCulture, out int index) && index < Columns.Count)
        {
            return Columns[index];
        }

        string known = HasHeader ? string.Join(", ", Columns.Select(column => column.Name)) : "the file has no header";
        throw DatasetFormatException.In(
            path,
            $"there is no column '{label}'. Give a name or a position from 0 to {Columns.Count - 1} ({known}).");
    }

    private static string ColumnName(string cell, int index) =>
        cell.Length > 0 ? cell : string.Create(CultureInfo.InvariantCulture, $"column {index}");

    private static void AddRow(string path, CsvColumn[] columns, CsvRecord record, char separator)
    {
        if (record.Cells.Count != columns.Length)
        {
            throw DatasetFormatException.In(
                path,
                $"line {record.Line} has {record.Cells.Count} columns, the first line has {columns.Length}. " +
                "Repair or remove the line.");
        }

        for (int i = 0; i < columns.Length; i++)
        {
            columns[i].Add(record.Cells[i], separator, record.Line);
        }
    }

    /// <summary>Tells whether the first line is a header: it has text where its column has numbers, or none of its texts
    /// ever comes again. A first row of data with a text label looks different on both counts.</summary>
    private static bool IsHeader(CsvRecord first, CsvColumn[] columns, char separator)
    {
        CsvColumn[] texts = columns
            .Where(column => IsText(first.Cells[column.Index], separator))
            .ToArray();
        return texts.Length > 0
            && (texts.Any(column => column.IsNumeric)
                || texts.All(column => !column.Distinct.Contains(first.Cells[column.Index])));
    }

    private static bool IsText(string cell, char separator) =>
        !CsvNumber.IsMissing(cell) && !CsvNumber.TryParse(cell, separator, out _);
}
