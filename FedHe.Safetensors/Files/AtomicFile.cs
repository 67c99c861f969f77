namespace FedHe.Safetensors.Files;

/// <summary>An atomic file replaces another one as a whole: readers see the old bytes or the new ones, after a crash too.</summary>
internal static class AtomicFile
{
    private const string Suffix = ".new";

    /// <summary>Writes a new file beside the old one, flushes it to the disk, and renames it.</summary>
    public static void Replace(string path, Action<Stream> write)
    {
        string temporary = path + Suffix;
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
        string temporary = Path.TrimEndingDirectorySeparator(path) + Suffix;
        Delete(temporary);
        Directory.CreateDirectory(temporary);
        try
        {
            fill(temporary);
            Directory.Move(temporary, path);
        }
        catch
        {
            Delete(temporary);
            throw;
        }
    }

    /// <summary>Writes a file and flushes it to the disk.</summary>
    public static void Create(string path, Action<Stream> write)
    {
        using var file = new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.None);
        write(file);
        file.Flush(flushToDisk: true);
    }

    private static void Delete(string folder)
    {
        if (Directory.Exists(folder))
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
