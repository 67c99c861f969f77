namespace FedHe.Tool.Folders;

/// <summary>Replaces files as a whole: a new file beside the old one, flushed to the disk and renamed over it.</summary>
internal static class AtomicFile
{
    private const string Suffix = ".new";

    public static void Replace(string path, ReadOnlySpan<byte> bytes)
    {
        string temporary = path + Suffix;
        using (var file = new FileStream(temporary, FileMode.Create, FileAccess.Write, FileShare.None))
        {
            file.Write(bytes);
            file.Flush(flushToDisk: true);
        }

        File.Move(temporary, path, overwrite: true);
    }

    /// <summary>Copies a file, so that it appears under its name when all of it is on the disk.</summary>
    public static void Copy(string source, string target)
    {
        string temporary = target + Suffix;
        using (FileStream from = File.OpenRead(source))
        using (var to = new FileStream(temporary, FileMode.Create, FileAccess.Write, FileShare.None))
        {
            from.CopyTo(to);
            to.Flush(flushToDisk: true);
        }

        File.Move(temporary, target, overwrite: true);
    }

    /// <summary>Tells whether a name is that of a file that is still being written.</summary>
    public static bool IsUnfinished(string name) => name.EndsWith(Suffix, StringComparison.Ordinal);
}
