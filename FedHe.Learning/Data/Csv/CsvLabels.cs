using System.Globalization;

namespace FedHe.Learning.Data.Csv;

/// <summary>A label map assigns classes to the texts of the label column, in numeric order if all are numbers, else
/// alphabetically.</summary>
internal sealed class CsvLabels
{
    // Up to here a tiny table may have as many classes as rows; above, a column of measurements was taken for the label.
    private const int FewClasses = 20;

    private readonly Dictionary<string, int> _classes = new(StringComparer.Ordinal);

    private CsvLabels(IEnumerable<IGrouping<object, string>> groups)
    {
        var names = new List<string>();
        foreach (IGrouping<object, string> group in groups)
        {
            foreach (string text in group)
            {
                _classes[text] = names.Count;
            }

            names.Add(group.First());
        }

        Names = names;
    }

    /// <summary>The names of the classes, one per class.</summary>
    public IReadOnlyList<string> Names { get; }

    /// <summary>Gets the class of a text that the first pass has seen.</summary>
    public int this[string text] => _classes[text];

    /// <exception cref="DatasetFormatException">The column cannot be a class label.</exception>
    public static CsvLabels Of(CsvProfile profile)
    {
        CsvColumn column = profile.Label;
        string path = profile.Layout.Source.Path;
        string name = CsvWording.Shown(column.Name);
        if (column.Distinct.Count > CsvColumn.MaximumDistinct)
        {
            throw DatasetFormatException.In(
                path,
                $"the label column '{name}' holds more than {CsvColumn.MaximumDistinct} different values and is " +
                "no class label. Name the right column (option: label).");
        }

        // "1" and "1.0" are one class, hence the grouping by value; the shortest spelling names it.
        IOrderedEnumerable<string> texts = column.Distinct.OrderBy(text => text.Length).ThenBy(text => text, StringComparer.Ordinal);
        CsvLabels labels = column.IsNumeric && column.Cells.Blanks == 0
            ? new CsvLabels(texts.GroupBy(text => (object)Number(text, profile.DecimalMark)).OrderBy(group => (double)group.Key))
            : new CsvLabels(texts.GroupBy(text => (object)text).OrderBy(group => (string)group.Key, StringComparer.Ordinal));
        if (labels.Names.Count > FewClasses && profile.Rows < 2 * labels.Names.Count)
        {
            throw DatasetFormatException.In(path, string.Create(
                CultureInfo.InvariantCulture,
                $"the label column '{name}' holds {labels.Names.Count} different values in {profile.Rows} rows and is no class " +
                $"label. Name the right column (option: label)."));
        }

        return labels.Names.Count >= 2
            ? labels
            : throw DatasetFormatException.In(
                path,
                $"the label column '{name}' holds fewer than two classes. Name the right column (option: label).");
    }

    private static double Number(string text, char decimalMark)
    {
        CsvNumber.Classify(text, decimalMark, out double value);
        return value;
    }
}
