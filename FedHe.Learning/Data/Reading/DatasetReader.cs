using FedHe.Learning.Data.Csv;
using FedHe.Learning.Data.Images;

namespace FedHe.Learning.Data.Reading;

/// <summary>A dataset reader opens data files of any known format.</summary>
public static class DatasetReader
{
    internal const string KnownFormats =
        "Known formats: MNIST IDX files (an images and a labels file, plain or .gz), CIFAR-10/100 binary files (.bin), and CSV.";

    private const int ExaminedBytes = 512;

    /// <summary>Detects the format of a file or folder and reads it.</summary>
    /// <param name="path">A file, or a folder of IDX or CIFAR files or with one CSV file; hidden files are passed
    /// over.</param>
    /// <param name="table">For CSV: the label column and whatever else the reader need not find out; null for
    /// nothing.</param>
    /// <exception cref="DatasetFormatException">The files are missing, damaged or of no known format.</exception>
    /// <exception cref="ArgumentException">Options of tables were given for a format that has none.</exception>
    public static LoadedDataset Open(string path, TableOptions? table = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        LoadedDataset loaded = Directory.Exists(path) ? DatasetFolder.Open(path, table) : OpenFile(path, table);
        return loaded.Format == DatasetFormat.Csv || table is null or { IsEmpty: true }
            ? loaded
            : throw new ArgumentException("Only CSV data has a label column, a separator and the like to choose.", nameof(table));
    }

    private static LoadedDataset OpenFile(string path, TableOptions? table)
    {
        byte[] start = BoundedFile.ReadStart(path, ExaminedBytes);
        bool isCifar = CifarReader.IsCifarName(path);
        if (IdxReader.IsIdx(start) && !(isCifar && CifarReader.MayBeCifar(path)))
        {
            return IdxReader.ReadPairOf(path);
        }

        if (isCifar)
        {
            return CifarReader.ReadFiles([path]);
        }

        if (UnreadableFormats.AdviceOn(start) is string advice)
        {
            throw DatasetFormatException.In(path, advice);
        }

        if (start.Contains((byte)0) && !CsvSource.IsWideText(start))
        {
            throw DatasetFormatException.In(path, $"this is binary data of no known format. {KnownFormats}");
        }

        return new LoadedDataset(CsvDatasetReader.Read(path, table), null, DatasetFormat.Csv);
    }
}
