namespace FedHe.Learning.Data.Csv;

/// <summary>A feature encoder turns one column into one number, or into one indicator per category.</summary>
internal sealed class CsvFeatureEncoder
{
    /// <summary>The largest number of categories that get one indicator each.</summary>
    public const int MaximumCategories = 64;

    private readonly Dictionary<string, int>? _categories;
    private readonly char _decimalMark;
    private readonly double _mean;

    /// <exception cref="DatasetFormatException">A column holds texts that are no categories.</exception>
    public CsvFeatureEncoder(string path, CsvColumn column)
    {
        Column = column;
        _decimalMark = column.DecimalMark;
        if (column.IsNumeric)
        {
            _mean = column.Cells.Mean;
            return;
        }

        if (column.IsSpoiled)
        {
            throw DatasetFormatException.In(
                path,
                $"the column '{CsvWording.Shown(column.Name)}' holds numbers, but {column.Cells.FirstText} is none. " +
                "Repair the cell, or leave the column out (option: leave-out).");
        }

        if (column.IsDecorated)
        {
            throw DatasetFormatException.In(
                path,
                $"the column '{CsvWording.Shown(column.Name)}' holds numbers with signs around them, first {column.Cells.FirstText}. " +
                "Write plain numbers, or leave the column out (option: leave-out).");
        }

        if (column.Distinct.Count > MaximumCategories)
        {
            throw DatasetFormatException.In(
                path,
                $"the column '{CsvWording.Shown(column.Name)}' holds text (first {column.Cells.FirstText}) " +
                $"with more than {MaximumCategories} different values. Leave the column out (option: leave-out), or replace its texts by numbers.");
        }

        _categories = column.Distinct.Order(StringComparer.Ordinal).Select((text, index) => (text, index))
            .ToDictionary(pair => pair.text, pair => pair.index, StringComparer.Ordinal);
    }

    /// <summary>The column.</summary>
    public CsvColumn Column { get; }

    /// <summary>The number of features that the column becomes.</summary>
    public int Width => _categories?.Count ?? 1;

    /// <summary>Writes the features of one cell into a span of zeros.</summary>
    public void Encode(string cell, Span<float> destination)
    {
        if (_categories is null)
        {
            bool isNumber = CsvNumber.Classify(cell, _decimalMark, out double value) == CsvCellKind.Number;
            destination[0] = (float)(isNumber ? value : _mean);
        }
        else if (!CsvNumber.IsMissing(cell))
        {
            destination[_categories[cell]] = 1;
        }
    }
}
