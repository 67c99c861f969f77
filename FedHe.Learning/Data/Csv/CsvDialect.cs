using System.Globalization;

namespace FedHe.Learning.Data.Csv;

/// <summary>A dialect is a separator together with what the first records look like under it.</summary>
internal sealed class CsvDialect
{
    private const int ExaminedRecords = 200;
    private const string Separators = ",;\t| ";

    private CsvDialect(char separator, List<CsvRecord> records)
    {
        Separator = separator;
        Records = records;
        List<CsvRecord> rows = records.FindAll(record => !record.IsMarked);
        rows = rows.Count > 0 ? rows : records;
        Columns = rows.Count == 0 ? 0 : rows.CountBy(row => row.Cells.Count).MaxBy(count => count.Value).Key;
        List<CsvRecord> regular = rows.FindAll(row => row.Cells.Count == Columns);
        Score = Columns < 2 ? 0 : (double)regular.Count / rows.Count * regular.Average(ShareOfCleanCells);
    }

    /// <summary>The character between cells.</summary>
    public char Separator { get; }

    /// <summary>The first records of the text, comments among them.</summary>
    public IReadOnlyList<CsvRecord> Records { get; }

    /// <summary>The number of cells that most records have.</summary>
    public int Columns { get; }

    private double Score { get; }

    /// <summary>Finds the separator under which the records have equally many cells, none of which holds another
    /// separator.</summary>
    /// <exception cref="DatasetFormatException">There is no such separator, or there are two.</exception>
    public static CsvDialect Of(CsvSource source, char? separator)
    {
        CsvDialect[] candidates = [.. separator is char chosen ? [Examine(source, chosen)] : ExamineAll(source)];
        CsvDialect best = candidates.MaxBy(candidate => candidate.Score)!;
        if (best.Records.Count == 0)
        {
            throw DatasetFormatException.In(source.Path, "the file holds no line with data.");
        }

        if (best.Columns < 2)
        {
            throw DatasetFormatException.In(source.Path, separator is char named
                ? $"no line has a {CsvWording.Separator(named)} between cells. Name the right separator (option: separator)."
                : "the lines have a single column. A table needs features and a label, separated by ',', ';', '|', tabs or blanks.");
        }

        // Blanks within cells are usual, and lose against a separator that does as well.
        CsvDialect? rival = Array.Find(
            candidates, candidate => candidate != best && candidate.Columns >= 2 && candidate.Score >= best.Score && candidate.Separator != ' ');
        return rival is null ? best : throw DatasetFormatException.In(
            source.Path,
            $"the separator may be {CsvWording.Separator(best.Separator)} or {CsvWording.Separator(rival.Separator)}. " +
            "Name it (option: separator).");
    }

    private static List<CsvDialect> ExamineAll(CsvSource source)
    {
        var candidates = new List<CsvDialect>();
        DatasetFormatException? refusal = null;
        foreach (char separator in Separators)
        {
            try
            {
                candidates.Add(Examine(source, separator));
            }
            catch (DatasetFormatException exception)
            {
                // Under a wrong separator a quote may be no quote.
                refusal ??= exception;
            }
        }

        return candidates.Count > 0 ? candidates : throw refusal!;
    }

    private static CsvDialect Examine(CsvSource source, char separator)
    {
        using CsvRecordReader reader = source.Open(separator);
        var records = new List<CsvRecord>();
        while (records.Count < ExaminedRecords && reader.Read() is { } record)
        {
            records.Add(record);
        }

        return new CsvDialect(separator, records);
    }

    private double ShareOfCleanCells(CsvRecord record) => record.Cells.Average(cell => IsClean(cell) ? 1.0 : 0.0);

    private bool IsClean(string cell)
    {
        if (IsNumber(cell))
        {
            return true;
        }

        bool holdsOther = Separators.Any(other => other != Separator && other != ' ' && cell.Contains(other));
        return !holdsOther && !(cell.Contains(' ') && cell.Split(' ', StringSplitOptions.RemoveEmptyEntries).All(IsNumber));
    }

    private static bool IsNumber(string cell)
        => CsvNumber.Classify(cell, '.', out _) is not CsvCellKind.Text || CsvNumber.Classify(cell, ',', out _) is not CsvCellKind.Text;
}
