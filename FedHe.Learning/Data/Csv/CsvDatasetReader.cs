using System.Globalization;
using FedHe.Learning.Tensors;

namespace FedHe.Learning.Data.Csv;

/// <summary>A CSV reader reads tables with one sample per line, and with features and a class label in columns.</summary>
/// <remarks>
/// <para>The encoding, the lines before the table, the separator, the header and the decimal mark are found out, unless
/// <see cref="TableOptions"/> tell them. Missing values (empty, <c>?</c>, <c>NA</c>, <c>NaN</c>, <c>null</c> and their like),
/// infinities and numbers out of float take the mean of their column; text columns become one indicator per category, with
/// no indicator set where the value is missing; texts that never come again are identifiers and are left out.
/// <see cref="Dataset.Notes"/> tell all of this in one line each.</para>
/// <para>The file is read twice and never held in memory as text.</para>
/// </remarks>
public static class CsvDatasetReader
{
    /// <summary>Reads a table into a dataset.</summary>
    /// <param name="path">The file, plain or .gz.</param>
    /// <param name="options">What the reader need not find out; null for nothing.</param>
    /// <exception cref="DatasetFormatException">The file is missing or is no such table.</exception>
    public static Dataset Read(string path, TableOptions? options = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        return BoundedFile.Guard(path, () => ReadTable(path, options ?? new TableOptions()));
    }

    private static Dataset ReadTable(string path, TableOptions options)
    {
        var profile = CsvProfile.Of(CsvLayout.Of(CsvSource.Of(path, options), options), options);
        var classes = CsvLabels.Of(profile);
        CsvFeatureEncoder[] encoders = [.. profile.Columns
            .Where(column => column != profile.Label && !column.IsLeftOut && !column.IsEmpty && !column.IsIdentifier)
            .Select(column => new CsvFeatureEncoder(path, column))];
        int width = encoders.Sum(encoder => encoder.Width);
        CheckSize(path, profile.Rows, width);

        var features = Tensor.Zeros([profile.Rows, width]);
        int[] labels = new int[profile.Rows];
        Fill(profile, classes, encoders, features, labels);
        return new Dataset(Path.GetFileName(path), features, labels, classes.Names, CsvNotes.Of(profile, classes, width));
    }

    private static void CheckSize(string path, int rows, int width)
    {
        if (width == 0)
        {
            throw DatasetFormatException.In(path, "there is no feature column with a value.");
        }

        BoundedFile.CheckMemory(path, (long)rows * width * sizeof(float), string.Create(
            CultureInfo.InvariantCulture, $"{rows} rows of {width} features"));
    }

    private static void Fill(CsvProfile profile, CsvLabels classes, CsvFeatureEncoder[] encoders, Tensor features, int[] labels)
    {
        using var reader = new CsvRowReader(profile.Layout);
        Span<float> remaining = features.Values;
        int row = 0;
        while (reader.Read() is { } record)
        {
            string text = record.Cells[profile.Label.Index];
            if (CsvNumber.IsMissing(text) || (profile.HasHeader && record.Line == profile.Layout.HeadLine) || profile.IsHeaderAgain(record))
            {
                continue;
            }

            labels[row++] = classes[text];
            foreach (CsvFeatureEncoder encoder in encoders)
            {
                encoder.Encode(record.Cells[encoder.Column.Index], remaining[..encoder.Width]);
                remaining = remaining[encoder.Width..];
            }
        }
    }
}
