using FedHe.Learning.Data.Csv;
using FedHe.Learning.Data.Images;

namespace FedHe.Learning.Data.Reading;

/// <summary>A dataset reader opens data files of any known format.</summary>
public static class DatasetReader
{
    private const string KnownFormats =
        "Known formats: MNIST IDX files (an images and a labels file, plain or .gz), CIFAR-10/100 binary files (.bin), and CSV.";

    /// <summary>Detects the format of a file or folder and reads it.</summary>
    /// <param name="path">A file, or a folder of IDX or CIFAR files or with one CSV file.</param>
    /// <param name="label">For CSV: the name or zero-based position of the column that holds the class; the last column
    /// if absent.</param>
    /// <exception cref="DatasetFormatException">The files are missing, damaged or of no known format.</exception>
    /// <exception cref="ArgumentException">A label column was named for a format that has none.</exception>
    public static LoadedDataset Open(string path, string? label = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        LoadedDataset loaded = Directory.Exists(path) ? OpenFolder(path, label) : OpenFile(path, label);
        return loaded.Format == DatasetFormat.Csv || label is null
            ? loaded
            : throw new ArgumentException("Only CSV data has a label column to choose.", nameof(label));
    }

    private static LoadedDataset OpenFolder(string folder, string? label)
    {
        string[] files;
        try
        {
            files = Directory.GetFiles(folder);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new DatasetFormatException($"The folder '{folder}' cannot be listed: {exception.Message}", exception);
        }

        Array.Sort(files, StringComparer.Ordinal);
        if (Array.Exists(files, IdxReader.IsImagesName))
        {
            return IdxReader.ReadFiles(folder, files);
        }

        string[] binaries = Array.FindAll(files, CifarReader.IsCifarName);
        if (binaries.Length > 0)
        {
            return CifarReader.ReadFiles(binaries);
        }

        string[] tables = Array.FindAll(files, file => Path.GetExtension(file).ToUpperInvariant() is ".CSV" or ".TSV" or ".DATA");
        return tables.Length switch
        {
            1 => new LoadedDataset(CsvDatasetReader.Read(tables[0], label), null, DatasetFormat.Csv),
            0 => throw new DatasetFormatException($"The folder '{folder}' holds no data that can be read. {KnownFormats}"),
            _ => throw new DatasetFormatException(
                $"The folder '{folder}' holds {tables.Length} tables. Give the path of one of them."),
        };
    }

    private static LoadedDataset OpenFile(string path, string? label)
    {
        byte[] start = BoundedFile.ReadStart(path, count: 512);
        if (start.AsSpan().StartsWith(IdxReader.ImagesMagic) || start.AsSpan().StartsWith(IdxReader.LabelsMagic))
        {
            return IdxReader.ReadPairOf(path);
        }

        if (CifarReader.IsCifarName(path))
        {
            return CifarReader.ReadFiles([path]);
        }

        if (start.Contains((byte)0))
        {
            throw DatasetFormatException.In(path, $"this is binary data of no known format. {KnownFormats}");
        }

        return new LoadedDataset(CsvDatasetReader.Read(path, label), null, DatasetFormat.Csv);
    }
}
