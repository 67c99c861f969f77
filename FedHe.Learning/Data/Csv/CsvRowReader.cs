using System.Globalization;

namespace FedHe.Learning.Data.Csv;

/// <summary>A row reader reads the records of a table, each with one cell for every column, and counts what it passes
/// over.</summary>
internal sealed class CsvRowReader(CsvLayout layout) : IDisposable
{
    private readonly CsvRecordReader _reader = layout.Source.Open(layout.Separator);
    private int _firstCommentLine;
    private int _comments;
    private int _empty;

    /// <summary>The notes on what was passed over.</summary>
    public IEnumerable<string> Notes
    {
        get
        {
            if (_comments > 0)
            {
                yield return string.Create(
                    CultureInfo.InvariantCulture, $"{_comments} comment lines within the table were skipped, the first on line {_firstCommentLine}.");
            }

            if (_empty > 0)
            {
                yield return string.Create(CultureInfo.InvariantCulture, $"{_empty} rows of empty cells were left out.");
            }
        }
    }

    /// <summary>Reads the next row, the header too where there is one, or returns null at the end.</summary>
    /// <exception cref="DatasetFormatException">A record has another number of cells.</exception>
    public CsvRecord? Read()
    {
        while (_reader.Read() is { } record)
        {
            if (record.Line < layout.HeadLine)
            {
                continue;
            }

            if (record.Line == layout.HeadLine)
            {
                return record with { Cells = layout.Head };
            }

            if (record.IsCommentAmong(layout.Columns))
            {
                _firstCommentLine = _comments++ == 0 ? record.Line : _firstCommentLine;
            }
            else if (record.IsEmpty)
            {
                _empty++;
            }
            else
            {
                return Fit(record);
            }
        }

        return null;
    }

    public void Dispose() => _reader.Dispose();

    private CsvRecord Fit(CsvRecord record)
    {
        if (record.Cells.Count == layout.Columns)
        {
            return record;
        }

        // Separators at the end of a line hold nothing.
        return record.Cells.Count > layout.Columns && record.Cells.Skip(layout.Columns).All(cell => cell.Length == 0)
            ? record with { Cells = [.. record.Cells.Take(layout.Columns)] }
            : throw DatasetFormatException.In(layout.Source.Path, string.Create(
                CultureInfo.InvariantCulture,
                $"line {record.Line} has {record.Cells.Count} columns, line {layout.HeadLine} has {layout.Columns}. " +
                $"Repair or remove the line."));
    }
}
