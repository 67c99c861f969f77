using System.Globalization;

namespace FedHe.Learning.Data.Csv;

/// <summary>A table profile holds what the first pass finds: the header, the decimal mark, the columns and the number of
/// rows.</summary>
internal sealed class CsvProfile
{
    private readonly List<string> _notes = [];

    private CsvProfile(CsvLayout layout, CsvColumn[] columns, CsvColumn label)
    {
        Layout = layout;
        Columns = columns;
        Label = label;
    }

    /// <summary>Where the table lies in the text.</summary>
    public CsvLayout Layout { get; }

    /// <summary>Whether the first record holds names.</summary>
    public bool HasHeader { get; private set; }

    /// <summary>The decimal mark.</summary>
    public char DecimalMark { get; private set; } = '.';

    /// <summary>The columns, which know nothing of rows without a label.</summary>
    public IReadOnlyList<CsvColumn> Columns { get; }

    /// <summary>The column that holds the class.</summary>
    public CsvColumn Label { get; }

    /// <summary>The number of rows with a label.</summary>
    public int Rows { get; private set; }

    /// <summary>The notes on what was skipped or guessed.</summary>
    public IReadOnlyList<string> Notes => _notes;

    /// <exception cref="DatasetFormatException">The file is no table of at least two columns and two rows.</exception>
    public static CsvProfile Of(CsvLayout layout, TableOptions options)
    {
        using var reader = new CsvRowReader(layout);
        CsvRecord first = reader.Read()!.Value;
        var naming = new CsvNaming(layout, options);
        CsvColumn[] columns = [.. Enumerable.Range(0, layout.Columns).Select(index => new CsvColumn(index))];
        CsvColumn label = columns[naming.LabelIn(first.Cells, out bool isLabelNamed)];
        var profile = new CsvProfile(layout, columns, label);
        var evidence = new CsvDecimalEvidence();
        var repeated = new List<CsvRecord>();
        while (reader.Read() is { } row)
        {
            if (CsvHeader.MayRepeat(first.Cells) && row.Cells.SequenceEqual(first.Cells))
            {
                // A header again, as in files put together, or an equal row.
                repeated.Add(row);
            }
            else
            {
                profile.Add(row, evidence);
            }
        }

        bool isNumber = int.TryParse(options.Label, NumberStyles.None, CultureInfo.InvariantCulture, out _);
        CsvHeader header = options.Header is bool isHeader ? new CsvHeader(isHeader, null)
            : layout.IsHeadRepaired || (isLabelNamed && !isNumber) ? new CsvHeader(true, null)
            : CsvHeader.Of(first, columns, label, repeated.Count > 0);
        if (isLabelNamed && !header.IsHeader)
        {
            // What looked like a name is a cell of the first row: the label is a position.
            return Of(layout, options with { Header = false });
        }

        profile._notes.AddRange(layout.Notes);
        profile._notes.AddRange(header.Note is string note ? [note] : []);
        profile.HasHeader = header.IsHeader;
        if (!header.IsHeader)
        {
            repeated.Prepend(first).ToList().ForEach(row => profile.Add(row, evidence));
        }
        else if (repeated.Count > 0)
        {
            profile._notes.Add(string.Create(
                CultureInfo.InvariantCulture, $"{repeated.Count} lines repeat the header and were skipped, the first on line {repeated[0].Line}."));
        }

        profile.Finish(naming.NamesOf(header.IsHeader, first.Cells), naming, evidence, options.Decimal);
        profile._notes.AddRange(reader.Notes);
        return profile;
    }

    /// <summary>Tells whether a record is the header once more.</summary>
    public bool IsHeaderAgain(CsvRecord record)
        => HasHeader && CsvHeader.MayRepeat(Layout.Head) && record.Cells.SequenceEqual(Layout.Head);

    private void Add(CsvRecord row, CsvDecimalEvidence evidence)
    {
        if (CsvNumber.IsMissing(row.Cells[Label.Index]))
        {
            Label.Add(row.Cells[Label.Index], row.Line, evidence);
            return;
        }

        foreach (CsvColumn column in Columns)
        {
            column.Add(row.Cells[column.Index], row.Line, evidence);
        }

        Rows++;
    }

    private void Finish(string[] names, CsvNaming naming, CsvDecimalEvidence evidence, char? decimalMark)
    {
        if (Rows < 2)
        {
            throw DatasetFormatException.In(Layout.Source.Path, "the table has fewer than two rows of data with a label.");
        }

        IReadOnlySet<int> leftOut = naming.LeftOut(names);
        if (leftOut.Contains(Label.Index))
        {
            throw DatasetFormatException.In(
                Layout.Source.Path, $"the column '{CsvWording.Shown(names[Label.Index])}' is the label and cannot be left out.");
        }

        DecimalMark = decimalMark ?? evidence.Decide(Layout.Source.Path, Columns);
        foreach (CsvColumn column in Columns)
        {
            column.Name = names[column.Index];
            column.DecimalMark = DecimalMark;
            column.IsLeftOut = leftOut.Contains(column.Index);
        }

        _notes.AddRange(CsvNaming.Duplicates(names));
        _notes.AddRange(evidence.Notes(DecimalMark));
        if (Label.Missing > 0)
        {
            _notes.Add(string.Create(CultureInfo.InvariantCulture, $"{Label.Missing} rows without a label were left out."));
        }
    }
}
