namespace FedHe.Learning.Data.Csv;

/// <summary>A tally counts what the cells of a column are under one decimal mark.</summary>
internal sealed class CsvTally
{
    private double _sum;

    /// <summary>The number of cells that are numbers.</summary>
    public int Numbers { get; private set; }

    /// <summary>The number of cells that stand for no value among numbers, infinities included.</summary>
    public int Blanks { get; private set; }

    /// <summary>The number of cells that are infinite or too large for a float.</summary>
    public int Infinities { get; private set; }

    /// <summary>The number of cells that are none of these.</summary>
    public int Texts { get; private set; }

    /// <summary>The first text, or null.</summary>
    public CsvSighting? FirstText { get; private set; }

    /// <summary>The first cell that is infinite or too large, or null.</summary>
    public CsvSighting? FirstInfinity { get; private set; }

    /// <summary>The first placeholder, or null.</summary>
    public CsvSighting? FirstPlaceholder { get; private set; }

    /// <summary>The mean of the numbers.</summary>
    public double Mean => _sum / Numbers;

    /// <summary>Takes one cell with a value into account.</summary>
    public void Add(CsvCellKind kind, double value, CsvSighting sighting)
    {
        switch (kind)
        {
            case CsvCellKind.Number:
                Numbers++;
                _sum += value;
                break;
            case CsvCellKind.Text:
                Texts++;
                FirstText = CsvSighting.Earlier(FirstText, sighting);
                break;
            case CsvCellKind.Infinite:
                Blanks++;
                Infinities++;
                FirstInfinity = CsvSighting.Earlier(FirstInfinity, sighting);
                break;
            default:
                Blanks++;
                FirstPlaceholder = CsvSighting.Earlier(FirstPlaceholder, sighting);
                break;
        }
    }
}
