namespace FedHe.Learning.Data.Csv;

/// <summary>A column profile holds the facts that the first pass over a table learns about one column.</summary>
internal sealed class CsvColumn(int index, string name)
{
    /// <summary>The number of distinct texts that are counted exactly; a column with more is neither categorical nor a
    /// label.</summary>
    public const int MaximumDistinct = 1000;

    private readonly HashSet<string> _distinct = new(StringComparer.Ordinal);
    private int _numbers;
    private double _sum;

    /// <summary>The zero-based position of the column in the table.</summary>
    public int Index => index;

    /// <summary>The column's name in the header, or <c>column N</c> without a header.</summary>
    public string Name => name;

    /// <summary>The line of the first cell that is not a number, or 0 if every cell is one.</summary>
    public int FirstTextLine { get; private set; }

    /// <summary>The number of cells without a value.</summary>
    public int Missing { get; private set; }

    /// <summary>Whether every value of the column is a number.</summary>
    public bool IsNumeric => FirstTextLine == 0;

    /// <summary>Whether the column has no value at all.</summary>
    public bool IsEmpty => IsNumeric && _numbers == 0;

    /// <summary>The mean of the column's numbers.</summary>
    public double Mean => _sum / _numbers;

    /// <summary>The distinct texts of the column, at most one more than <see cref="MaximumDistinct"/>.</summary>
    public IReadOnlySet<string> Distinct => _distinct;

    /// <summary>Takes one cell into account.</summary>
    public void Add(string cell, char separator, int line)
    {
        if (CsvNumber.IsMissing(cell))
        {
            Missing++;
            return;
        }

        if (CsvNumber.TryParse(cell, separator, out double value))
        {
            _numbers++;
            _sum += value;
        }
        else if (IsNumeric)
        {
            FirstTextLine = line;
        }

        if (_distinct.Count <= MaximumDistinct)
        {
            _distinct.Add(cell);
        }
    }
}
