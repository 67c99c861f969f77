namespace FedHe.Tool.Folders;

/// <summary>
/// Replaces files as a whole: a new file beside the old one, flushed to the disk and renamed over it. The new file has a name that nobody
/// can know before, and belongs to its owner alone.
/// </summary>
internal static class AtomicFile
{
    private const string Suffix = ".new";

    public static void Replace(string path, ReadOnlySpan<byte> bytes) => Replace(path, bytes, mode: null);

    /// <summary>Replaces a file that is there and is no secret, and keeps its mode, so that every account that could read the old file can read the new one.</summary>
    public static void ReplaceAlike(string path, ReadOnlySpan<byte> bytes) => Replace(path, bytes, OperatingSystem.IsWindows() ? null : File.GetUnixFileMode(path));

    /// <summary>Copies a file, so that it appears under its name when all of it is on the disk.</summary>
    /// <param name="source">The path of the file.</param>
    /// <param name="target">The path of the copy.</param>
    /// <param name="check">Gets the path of the finished copy before it has its name, and throws where it must not get it.</param>
    public static void Copy(string source, string target, Action<string>? check = null)
    {
        string temporary = NewName(target);
        try
        {
            using (FileStream from = File.OpenRead(source))
            using (FileStream to = Create(temporary))
            {
                from.CopyTo(to);
                to.Flush(flushToDisk: true);
            }

            check?.Invoke(temporary);
            File.Move(temporary, target, overwrite: true);
        }
        catch
        {
            File.Delete(temporary);
            throw;
        }
    }

    /// <summary>Tells whether a file name belongs to an unfinished file: its program still writes it, or ended before it was complete.</summary>
    public static bool IsUnfinished(string name) => name.EndsWith(Suffix, StringComparison.Ordinal);

    private static void Replace(string path, ReadOnlySpan<byte> bytes, UnixFileMode? mode)
    {
        string temporary = NewName(path);
        try
        {
            using (FileStream file = Create(temporary))
            {
                file.Write(bytes);
                if (mode is UnixFileMode known && !OperatingSystem.IsWindows())
                {
                    File.SetUnixFileMode(file.SafeFileHandle, known);
                }

                file.Flush(flushToDisk: true);
            }

            File.Move(temporary, path, overwrite: true);
        }
        catch
        {
            File.Delete(temporary);
            throw;
        }
    }

    private static string NewName(string path) => $"{path}.{Guid.NewGuid():N}{Suffix}";

    private static FileStream Create(string path)
    {
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, Share = FileShare.None };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        return new FileStream(path, options);
    }
}
