using FedHe.Learning.Tensors;

namespace FedHe.Learning.Data.Csv;

/// <summary>A CSV reader reads tables with one sample per line, and with features and a class label in columns.</summary>
/// <remarks>
/// <para>The separator (comma, semicolon or tab) and the header are detected. Missing values (empty, <c>?</c>,
/// <c>NA</c>, <c>N/A</c>, <c>NaN</c>, <c>null</c>) take the mean of their column; text columns become one indicator per
/// category, with no indicator set where the value is missing. Both are reported in <see cref="Dataset.Notes"/>.</para>
/// <para>The file is read twice and never held in memory as text.</para>
/// </remarks>
public static class CsvDatasetReader
{
    /// <summary>Reads a table into a dataset.</summary>
    /// <param name="path">The file, plain or .gz, in UTF-8.</param>
    /// <param name="label">The label column's name or zero-based position; the last column if absent.</param>
    /// <exception cref="DatasetFormatException">The file is missing or is no such table.</exception>
    public static Dataset Read(string path, string? label = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        return BoundedFile.Guard(path, () => ReadTable(path, label));
    }

    private static Dataset ReadTable(string path, string? label)
    {
        var profile = CsvProfile.Of(path);
        CsvColumn labelColumn = profile.FindLabel(path, label);
        var classes = CsvLabels.Of(path, profile, labelColumn);
        CsvColumn[] columns = profile.Columns.Where(column => column != labelColumn && !column.IsEmpty).ToArray();
        CsvFeatureEncoder[] encoders = Array.ConvertAll(columns, column => new CsvFeatureEncoder(path, column, profile.Separator));
        int width = encoders.Sum(encoder => encoder.Width);
        int rows = profile.Rows - labelColumn.Missing;
        CheckSize(path, rows, width);

        var features = Tensor.Zeros([rows, width]);
        int[] labels = new int[rows];
        Fill(path, profile, labelColumn, classes, columns, encoders, features, labels);
        return new Dataset(Path.GetFileName(path), features, labels, classes.Names, [.. Notes(profile, labelColumn)]);
    }

    private static void CheckSize(string path, int rows, int width)
    {
        if (width == 0)
        {
            throw DatasetFormatException.In(path, "there is no feature column with a value.");
        }

        if ((long)rows * width > BoundedFile.MaximumLength)
        {
            throw DatasetFormatException.In(
                path,
                $"{rows} rows of {width} features are more than can be held. Use fewer rows or columns.");
        }
    }

    private static void Fill(
        string path, CsvProfile profile, CsvColumn labelColumn, CsvLabels classes,
        CsvColumn[] columns, CsvFeatureEncoder[] encoders, Tensor features, int[] labels)
    {
        using var reader = new CsvRecordReader(path, profile.Separator);
        if (profile.HasHeader)
        {
            reader.Read();
        }

        Span<float> remaining = features.Values;
        int row = 0;
        while (reader.Read() is { } record)
        {
            string text = record.Cells[labelColumn.Index];
            if (CsvNumber.IsMissing(text))
            {
                continue;
            }

            labels[row++] = classes[text];
            for (int i = 0; i < columns.Length; i++)
            {
                encoders[i].Encode(record.Cells[columns[i].Index], remaining[..encoders[i].Width]);
                remaining = remaining[encoders[i].Width..];
            }
        }
    }

    private static IEnumerable<string> Notes(CsvProfile profile, CsvColumn labelColumn)
    {
        if (labelColumn.Missing > 0)
        {
            yield return $"{labelColumn.Missing} rows without a label were left out.";
        }

        foreach (CsvColumn column in profile.Columns)
        {
            if (column == labelColumn)
            {
                continue;
            }

            if (column.IsEmpty)
            {
                yield return $"The column '{column.Name}' has no value and was left out.";
                continue;
            }

            if (!column.IsNumeric)
            {
                yield return $"The text column '{column.Name}' became {column.Distinct.Count} indicator columns.";
            }

            if (column.Missing > 0)
            {
                yield return column.IsNumeric
                    ? $"{column.Missing} missing values of '{column.Name}' were replaced by the column's mean."
                    : $"{column.Missing} missing values of '{column.Name}' have no indicator set.";
            }
        }
    }
}
