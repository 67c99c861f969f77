namespace FedHe.Learning.Data.Csv;

/// <summary>What the first pass over a table learns about one column.</summary>
internal sealed class CsvColumn(int index, string name)
{
    /// <summary>Distinct texts that are counted exactly; beyond this a column is neither categorical nor a label.</summary>
    public const int MaximumDistinct = 1000;

    private readonly HashSet<string> _distinct = new(StringComparer.Ordinal);
    private int _numbers;
    private double _sum;

    /// <summary>The column's position.</summary>
    public int Index => index;

    /// <summary>The name in the header, or <c>column N</c>.</summary>
    public string Name => name;

    /// <summary>The line of the first cell that is no number; 0 if there is none.</summary>
    public int FirstTextLine { get; private set; }

    /// <summary>Cells without a value.</summary>
    public int Missing { get; private set; }

    /// <summary>Whether every value is a number.</summary>
    public bool IsNumeric => FirstTextLine == 0;

    /// <summary>Whether there is no value at all.</summary>
    public bool IsEmpty => IsNumeric && _numbers == 0;

    /// <summary>The mean of the values.</summary>
    public double Mean => _sum / _numbers;

    /// <summary>The distinct texts, at most one more than <see cref="MaximumDistinct"/>.</summary>
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
