using FedHe.Tool.Output;

namespace FedHe.Tool.Folders;

/// <summary>
/// A mailbox is a folder into which others may write, so nothing in it is trusted to be a file: links are not followed, and what has no
/// length, such as a pipe, is not opened.
/// </summary>
internal static class Mailbox
{
    /// <summary>Lists the files of a mailbox that may be opened, in the order of their names.</summary>
    public static IReadOnlyList<FileInfo> FilesOf(string folder)
    {
        var box = new DirectoryInfo(folder);
        if (box.LinkTarget is not null)
        {
            throw ToolException.Refused($"{folder} is a symbolic link. A mailbox must be a folder of its own: remove the link.");
        }

        return !box.Exists ? []
            : [.. box.EnumerateFiles().Where(IsOrdinary).OrderBy(file => file.Name, StringComparer.Ordinal)];
    }

    private static bool IsOrdinary(FileInfo file)
    {
        try
        {
            return file.LinkTarget is null && file.Exists && file.Length > 0 && !AtomicFile.IsUnfinished(file.Name) && !file.Name.StartsWith('.');
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }
}
