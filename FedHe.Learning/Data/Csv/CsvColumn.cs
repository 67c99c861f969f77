namespace FedHe.Learning.Data.Csv;

/// <summary>A column profile holds the facts that the first pass over a table learns about one column.</summary>
internal sealed class CsvColumn(int index)
{
    /// <summary>The number of distinct texts that are counted exactly; a column with more is neither categorical nor a
    /// label.</summary>
    public const int MaximumDistinct = 1000;

    // Codes such as 1, 2, 3A are categories; many numbers and a few words are a column of numbers with faults in it.
    private const int MostCodes = 20;
    private const int FewestIdentifiers = 10;

    private readonly HashSet<string> _distinct = new(StringComparer.Ordinal);
    private readonly CsvTally _point = new();
    private readonly CsvTally _comma = new();
    private bool _repeats;

    /// <summary>The zero-based position of the column in the table.</summary>
    public int Index => index;

    /// <summary>The column's name in the header, or <c>column N</c> without a header.</summary>
    public string Name { get; set; } = string.Empty;

    /// <summary>The decimal mark of the table.</summary>
    public char DecimalMark { get; set; } = '.';

    /// <summary>Whether the user asked to leave the column out.</summary>
    public bool IsLeftOut { get; set; }

    /// <summary>What the cells are under the table's decimal mark.</summary>
    public CsvTally Cells => Under(DecimalMark);

    /// <summary>The number of cells that are missing in any column.</summary>
    public int Missing { get; private set; }

    /// <summary>Whether every value of the column is a number.</summary>
    public bool IsNumeric => IsNumericUnder(DecimalMark);

    /// <summary>Whether the column has no value at all.</summary>
    public bool IsEmpty => Cells.Texts == 0 && Cells.Numbers == 0;

    /// <summary>Whether nearly every value is a number, so that the texts are faults rather than categories.</summary>
    public bool IsSpoiled => Cells.Texts > 0 && Cells.Numbers > Cells.Texts && _distinct.Count > MostCodes;

    /// <summary>Whether every text occurs once, as names and numbers of patients do.</summary>
    public bool IsIdentifier => Cells.Texts > 0 && !IsSpoiled && !IsDecorated && !_repeats && _distinct.Count >= FewestIdentifiers;

    /// <summary>Whether the texts are numbers with signs around them, and too many for categories.</summary>
    public bool IsDecorated => Cells.FirstText is { } text && CsvNumber.IsDecorated(text.Text)
        && (_distinct.Count > MostCodes || (!_repeats && _distinct.Count >= FewestIdentifiers));

    /// <summary>The distinct texts of the column, at most one more than <see cref="MaximumDistinct"/>.</summary>
    public IReadOnlySet<string> Distinct => _distinct;

    /// <summary>Tells whether every value is a number under a decimal mark, and there is one.</summary>
    public bool IsNumericUnder(char decimalMark) => Under(decimalMark) is { Texts: 0, Numbers: > 0 };

    /// <summary>Takes one cell into account.</summary>
    public void Add(string cell, int line, CsvDecimalEvidence evidence)
    {
        if (CsvNumber.IsMissing(cell))
        {
            Missing++;
            return;
        }

        var sighting = new CsvSighting(cell, line);
        CsvCellKind point = CsvNumber.Classify(cell, '.', out double pointValue);
        (CsvCellKind comma, double commaValue) = (point, pointValue);
        if (cell.AsSpan().ContainsAny('.', ','))
        {
            comma = CsvNumber.Classify(cell, ',', out commaValue);
            evidence.Add(point, pointValue, comma, commaValue, sighting);
        }

        _point.Add(point, pointValue, sighting);
        _comma.Add(comma, commaValue, sighting);
        if (_distinct.Count <= MaximumDistinct)
        {
            _repeats |= !_distinct.Add(cell);
        }
    }

    private CsvTally Under(char decimalMark) => decimalMark == ',' ? _comma : _point;
}
