namespace FedHe.Safetensors.Files;

/// <summary>An atomic file replaces another one as a whole: readers see the old bytes or the new ones, after a crash too.</summary>
internal static class AtomicFile
{
    private const string Suffix = ".new";

    /// <summary>Writes a new file beside the old one, flushes it to the disk, and renames it.</summary>
    public static void Replace(string path, Action<Stream> write)
    {
        string temporary = NewName(path);
        try
        {
            Create(temporary, write);
            File.Move(temporary, path, overwrite: true);
        }
        catch
        {
            File.Delete(temporary);
            throw;
        }
    }

    /// <summary>Writes the files of a new folder, and gives it its name when all of them are on the disk.</summary>
    public static void CreateFolder(string path, Action<string> fill)
    {
        string temporary = NewName(Path.TrimEndingDirectorySeparator(path));
        Directory.CreateDirectory(temporary);
        try
        {
            fill(temporary);
            Directory.Move(temporary, path);
        }
        catch
        {
            Directory.Delete(temporary, recursive: true);
            throw;
        }
    }

    /// <summary>Writes a file that is not there, and flushes it to the disk.</summary>
    public static void Create(string path, Action<Stream> write)
    {
        using var file = new FileStream(path, FileMode.CreateNew, FileAccess.Write, FileShare.None);
        write(file);
        file.Flush(flushToDisk: true);
    }

    // Nobody else can know the name, and so have a file or a link there.
    private static string NewName(string path) => $"{path}.{Guid.NewGuid():N}{Suffix}";
}
