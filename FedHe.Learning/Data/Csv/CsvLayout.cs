using System.Globalization;

namespace FedHe.Learning.Data.Csv;

/// <summary>A layout tells where in a text the table lies, and what lies before it.</summary>
internal sealed class CsvLayout
{
    // Excel's own way to name the separator.
    private const string Declaration = "sep=";

    private readonly List<string> _notes = [];

    private CsvLayout(CsvSource source, CsvDialect dialect, int headLine, IReadOnlyList<string> head)
    {
        Source = source;
        Separator = dialect.Separator;
        Columns = dialect.Columns;
        HeadLine = headLine;
        Head = head;
    }

    /// <summary>The text.</summary>
    public CsvSource Source { get; }

    /// <summary>The character between cells.</summary>
    public char Separator { get; }

    /// <summary>The number of columns.</summary>
    public int Columns { get; }

    /// <summary>The line of the first record that belongs to the table.</summary>
    public int HeadLine { get; }

    /// <summary>The cells of the first record, as many as there are columns.</summary>
    public IReadOnlyList<string> Head { get; }

    /// <summary>Whether the first record has another shape than the rows, and so can only be a header.</summary>
    public bool IsHeadRepaired { get; private init; }

    /// <summary>The names that a comment right before the first record holds, or null.</summary>
    public IReadOnlyList<string>? CommentedNames { get; private init; }

    /// <summary>The notes on what lies before the table.</summary>
    public IReadOnlyList<string> Notes => _notes;

    /// <exception cref="DatasetFormatException">The text is no table.</exception>
    public static CsvLayout Of(CsvSource source, TableOptions options)
    {
        char? separator = options.Separator;
        string? declaration = null;
        if (options.SkipLines is null && DeclaredSeparator(source) is char declared)
        {
            separator ??= declared;
            declaration = $"Line 1 declares the separator {CsvWording.Separator(declared)} and was skipped.";
            source = source.After(1);
        }

        CsvDialect dialect = CsvDialect.Of(source, separator);
        CsvLayout layout = Of(source, dialect);
        if (declaration is not null)
        {
            layout._notes.Insert(0, declaration);
        }

        return layout;
    }

    private static CsvLayout Of(CsvSource source, CsvDialect dialect)
    {
        IReadOnlyList<CsvRecord> records = dialect.Records;
        int first = Enumerable.Range(0, records.Count).First(i => records[i].Cells.Count == dialect.Columns
            && (!records[i].IsCommentAmong(dialect.Columns) || records.All(record => record.IsMarked)));
        CsvRecord[] comments = [.. records.Take(first).Where(record => record.IsMarked)];
        CsvRecord[] before = [.. records.Take(first).Where(record => !record.IsMarked)];
        IReadOnlyList<string>? repaired = before.Length > 0 ? Repaired(before[^1], dialect, first) : null;
        int headLine = repaired is null ? records[first].Line : before[^1].Line;
        var layout = new CsvLayout(source, dialect, headLine, repaired ?? records[first].Cells)
        {
            IsHeadRepaired = repaired is not null,
            CommentedNames = comments.Length > 0 && comments[^1].Cells.Count == dialect.Columns && comments[^1].Line > (before.LastOrDefault().Line)
                ? Uncommented(comments[^1])
                : null,
        };
        if (repaired is not null)
        {
            layout._notes.Add(string.Create(
                CultureInfo.InvariantCulture,
                $"The header on line {headLine} has {before[^1].Cells.Count} names for {dialect.Columns} columns; " +
                $"they were read as {CsvWording.Listed(repaired)}."));
            before = before[..^1];
        }

        RefuseRows(source, dialect, before, headLine);
        int lines = records.TakeWhile(record => record.Line < headLine).Select(record => record.Line).LastOrDefault();
        if (lines > 0)
        {
            layout._notes.Add(string.Create(
                CultureInfo.InvariantCulture,
                $"Lines {records[0].Line} to {lines} come before the table and were skipped " +
                $"('{CsvWording.Shown(string.Join(dialect.Separator, records[0].Cells))}'; option: skip-lines)."));
        }

        return layout;
    }

    /// <summary>Returns the names of a header that R wrote without a name for the rows, or that has a separator at the end of
    /// the header alone or of the rows alone; null where the record is no such header.</summary>
    private static List<string>? Repaired(CsvRecord header, CsvDialect dialect, int first)
    {
        List<string> names = [.. header.Cells];
        while (names.Count > dialect.Columns && names[^1].Length == 0)
        {
            names.RemoveAt(names.Count - 1);
        }

        bool areNames = names.TrueForAll(name => CsvNumber.Classify(name, '.', out _) == CsvCellKind.Text) && names.Distinct().Count() == names.Count;
        if (!areNames || names.Count is < 1 || names.Count < dialect.Columns - 1 || names.Count > dialect.Columns)
        {
            return null;
        }

        if (names.Count < dialect.Columns)
        {
            bool endsEmpty = dialect.Records.Skip(first)
                .All(record => record.Cells.Count < dialect.Columns || record.Cells[dialect.Columns - 1].Length == 0);
            names.Insert(endsEmpty ? names.Count : 0, endsEmpty ? string.Empty : "row");
        }

        return names;
    }

    /// <summary>Refuses lines before the table that look like rows of it.</summary>
    private static void RefuseRows(CsvSource source, CsvDialect dialect, CsvRecord[] before, int headLine)
    {
        foreach (CsvRecord record in before)
        {
            bool isProse = record.Cells.Any(cell => CsvNumber.Classify(cell, '.', out _) == CsvCellKind.Text);
            if (!isProse || before.Length * 2 > dialect.Records.Count)
            {
                throw DatasetFormatException.In(source.Path, string.Create(
                    CultureInfo.InvariantCulture,
                    $"line {record.Line} has {record.Cells.Count} columns, line {headLine} has {dialect.Columns}. " +
                    $"Repair or remove the line, or tell how many lines to pass over (option: skip-lines)."));
            }
        }
    }

    private static string[] Uncommented(CsvRecord comment)
        => [comment.Cells[0].TrimStart(CsvRecord.CommentMark).Trim(), .. comment.Cells.Skip(1)];

    private static char? DeclaredSeparator(CsvSource source)
    {
        using CsvRecordReader reader = source.Open(',');
        string line = (reader.ReadLine() ?? string.Empty).Trim('"');
        return line.Length == Declaration.Length + 1 && line.StartsWith(Declaration, StringComparison.OrdinalIgnoreCase) ? line[^1] : null;
    }
}
