namespace FedHe.Learning.Data.Csv;

/// <summary>A feature encoder turns one column into one number, or into one indicator per category.</summary>
internal sealed class CsvFeatureEncoder
{
    /// <summary>The largest number of categories that get one indicator each.</summary>
    public const int MaximumCategories = 64;

    private readonly CsvColumn _column;
    private readonly Dictionary<string, int>? _categories;
    private readonly char _separator;

    /// <exception cref="DatasetFormatException">A text column has too many categories.</exception>
    public CsvFeatureEncoder(string path, CsvColumn column, char separator)
    {
        _column = column;
        _separator = separator;
        if (column.IsNumeric)
        {
            return;
        }

        if (column.Distinct.Count > MaximumCategories)
        {
            throw DatasetFormatException.In(
                path,
                $"the column '{column.Name}' holds text (first on line {column.FirstTextLine}) " +
                $"with more than {MaximumCategories} different values. Remove the column, or replace its texts by numbers.");
        }

        _categories = column.Distinct.Order(StringComparer.Ordinal).Select((text, index) => (text, index))
            .ToDictionary(pair => pair.text, pair => pair.index, StringComparer.Ordinal);
    }

    /// <summary>The number of features that the column becomes.</summary>
    public int Width => _categories?.Count ?? 1;

    /// <summary>Writes the features of one cell into a span of zeros.</summary>
    public void Encode(string cell, Span<float> destination)
    {
        bool missing = CsvNumber.IsMissing(cell);
        if (_categories is not null)
        {
            if (!missing)
            {
                destination[_categories[cell]] = 1;
            }

            return;
        }

        double value = _column.Mean;
        if (!missing)
        {
            CsvNumber.TryParse(cell, _separator, out value);
        }

        destination[0] = (float)value;
    }
}
