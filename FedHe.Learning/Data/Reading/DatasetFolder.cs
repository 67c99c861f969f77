using FedHe.Learning.Data.Csv;
using FedHe.Learning.Data.Images;

namespace FedHe.Learning.Data.Reading;

/// <summary>A dataset folder holds the files of one dataset, and perhaps others that are passed over.</summary>
internal static class DatasetFolder
{
    private const int MostNames = 5;

    private static readonly string[] TableExtensions = [".CSV", ".TSV", ".TAB", ".DATA"];

    /// <summary>Reads the one kind of data that a folder holds.</summary>
    /// <exception cref="DatasetFormatException">There is no data, or data of several kinds.</exception>
    public static LoadedDataset Open(string folder, TableOptions? table)
    {
        string[] all = [.. FilesOf(folder).Order(StringComparer.Ordinal)];
        string[] files = Array.FindAll(all, file => !IdxReader.IsHidden(file));
        string[] tables = Array.FindAll(files, IsTable);
        string[] images = Array.FindAll(files, file => !IsTable(file) && IdxReader.IsImagesName(file));
        string[] binaries = Array.FindAll(files, file => CifarReader.IsCifarName(file) && !images.Contains(file));
        bool isMixed = new[] { tables, images, binaries }.Count(kind => kind.Length > 0) > 1;
        if (isMixed)
        {
            // A name alone makes no data.
            images = Array.FindAll(images, file => IdxReader.IsIdx(BoundedFile.ReadStart(file, IdxReader.MagicLength)));
            binaries = Array.FindAll(binaries, CifarReader.MayBeCifar);
        }

        string[] kinds = [.. new[] { tables, images, binaries }.Where(kind => kind.Length > 0).Select(kind => Path.GetFileName(kind[0]))];
        if (kinds.Length > 1)
        {
            throw new DatasetFormatException(
                $"The folder '{folder}' holds data of several kinds: '{string.Join("', '", kinds)}'. Give the path of one of them.");
        }

        LoadedDataset loaded = images.Length > 0 ? IdxReader.ReadFiles(folder, files)
            : binaries.Length > 0 ? CifarReader.ReadFiles(binaries)
            : new LoadedDataset(CsvDatasetReader.Read(OneOf(folder, tables), table), null, DatasetFormat.Csv);
        string[] used = images.Length > 0 ? Array.FindAll(files, IdxReader.IsPartName) : binaries.Length > 0 ? binaries : [OneOf(folder, tables)];
        return WithPassedOver(loaded, [.. all.Except(used).Select(file => Path.GetFileName(file))]);
    }

    private static string[] FilesOf(string folder)
    {
        try
        {
            return Directory.GetFiles(folder);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new DatasetFormatException($"The folder '{folder}' cannot be listed: {exception.Message}", exception);
        }
    }

    private static bool IsTable(string path) => TableExtensions.Contains(Path.GetExtension(WithoutCompression(path)).ToUpperInvariant());

    private static string WithoutCompression(string path)
        => path.EndsWith(".gz", StringComparison.OrdinalIgnoreCase) ? path[..^".gz".Length] : path;

    private static string OneOf(string folder, string[] tables)
    {
        string[] names = [.. tables.Select(WithoutCompression).Distinct(StringComparer.Ordinal)];
        return names.Length switch
        {
            1 => tables[0],
            0 => throw new DatasetFormatException($"The folder '{folder}' holds no data that can be read. {DatasetReader.KnownFormats}"),
            _ => throw new DatasetFormatException(
                $"The folder '{folder}' holds {names.Length} tables ({Listed([.. names.Select(name => Path.GetFileName(name))])}). " +
                "Give the path of one of them."),
        };
    }

    private static LoadedDataset WithPassedOver(LoadedDataset loaded, string[] names) => names.Length == 0
        ? loaded
        : loaded with { Training = loaded.Training.WithNotes([$"Passed over in the folder: {Listed(names)}."]) };

    private static string Listed(string[] names)
        => string.Join(", ", names.Take(MostNames)) + (names.Length > MostNames ? ", ..." : string.Empty);
}
