namespace FedHe.Learning.Data.Csv;

/// <summary>The evidence for a decimal mark consists of cells that are numbers under one mark only.</summary>
internal sealed class CsvDecimalEvidence
{
    private CsvSighting? _pointOnly;
    private CsvSighting? _commaOnly;
    private CsvSighting? _groupedByComma;
    private CsvSighting? _groupedByPoint;

    /// <summary>A number such as 1,200, whose comma groups thousands under a decimal point; null where there is none.</summary>
    public CsvSighting? GroupedByComma => _groupedByComma;

    /// <summary>A number such as 1.200, whose point groups thousands under a decimal comma; null where there is none.</summary>
    public CsvSighting? GroupedByPoint => _groupedByPoint;

    /// <summary>Takes a cell with a point or a comma into account.</summary>
    public void Add(CsvCellKind point, double pointValue, CsvCellKind comma, double commaValue, CsvSighting sighting)
    {
        bool isPoint = point is CsvCellKind.Number or CsvCellKind.Infinite;
        bool isComma = comma is CsvCellKind.Number or CsvCellKind.Infinite;
        if (isPoint && !isComma)
        {
            _pointOnly = CsvSighting.Earlier(_pointOnly, sighting);
        }

        if (isComma && !isPoint)
        {
            _commaOnly = CsvSighting.Earlier(_commaOnly, sighting);
        }

        bool isGrouped = Math.Abs(pointValue) != Math.Abs(commaValue);
        if (isPoint && (isGrouped || !isComma) && sighting.Text.Contains(','))
        {
            _groupedByComma = CsvSighting.Earlier(_groupedByComma, sighting);
        }

        if (isComma && (isGrouped || !isPoint) && sighting.Text.Contains('.'))
        {
            _groupedByPoint = CsvSighting.Earlier(_groupedByPoint, sighting);
        }
    }

    /// <summary>Decides upon the decimal mark of a table.</summary>
    /// <exception cref="DatasetFormatException">The cells do not tell.</exception>
    public char Decide(string path, IReadOnlyList<CsvColumn> columns)
    {
        int points = columns.Count(column => column.IsNumericUnder('.'));
        int commas = columns.Count(column => column.IsNumericUnder(','));
        if (points != commas)
        {
            return points > commas ? '.' : ',';
        }

        if (_pointOnly is { } first && _commaOnly is { } second)
        {
            throw DatasetFormatException.In(
                path, $"{first} has a decimal point, {second} a decimal comma. Repair the file, or name the mark (option: decimal).");
        }

        if (_commaOnly is not null)
        {
            return ',';
        }

        return _pointOnly is not null || _groupedByComma is not { } doubtful
            ? '.'
            : throw DatasetFormatException.In(
                path, $"{doubtful} may group thousands or have a decimal comma. Name the decimal mark (option: decimal).");
    }

    /// <summary>Words what the chosen mark made of cells that others may read in another way.</summary>
    public IEnumerable<string> Notes(char decimalMark)
    {
        CsvSighting? grouped = decimalMark == ',' ? _groupedByPoint : _groupedByComma;
        if (grouped is { } cell)
        {
            yield return $"Thousands are grouped, as in {cell} (option: decimal).";
        }

        if (decimalMark == '.' && _pointOnly is null && _groupedByPoint is { } doubtful)
        {
            yield return $"Guess: {doubtful} has a decimal point and groups no thousands (option: decimal).";
        }
    }
}
