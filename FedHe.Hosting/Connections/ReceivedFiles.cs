using FedHe.Hosting.Errors;
using FedHe.Hosting.Folders;

namespace FedHe.Hosting.Connections;

/// <summary>Received files are the long messages that a party has taken from its mailbox, each in a file until it is handled.</summary>
/// <remarks>A process that starts takes its messages anew, and deletes the files that an earlier one left.</remarks>
internal sealed class ReceivedFiles
{
    /// <summary>The length in bytes of the longest message that stays in memory, where nothing else is said: 4 MiB.</summary>
    public const int UsualInMemory = 4 * 1024 * 1024;

    /// <summary>The length in bytes of the beginning of a message in a file, which is in memory as well.</summary>
    public const int BeginningLength = 1024;

    private const string Folder = "received";

    private readonly PartyFolder _folder;

    private ReceivedFiles(PartyFolder folder, long longest, int longestInMemory) => (_folder, Longest, LongestInMemory) = (folder, longest, longestInMemory);

    /// <summary>The length in bytes of the longest message that any server of the job can have for the party.</summary>
    public long Longest { get; }

    /// <summary>The length in bytes of the longest message that stays in memory.</summary>
    public int LongestInMemory { get; }

    /// <summary>Opens the folder of long messages, and empties it.</summary>
    /// <param name="folder">The folder of the party.</param>
    /// <param name="longest">The length in bytes of the longest message of the job.</param>
    /// <param name="longestInMemory">The length in bytes of the longest message that stays in memory, at least <see cref="BeginningLength"/>. Tests make it smaller.</param>
    /// <exception cref="HostingException">The folder cannot be written.</exception>
    public static ReceivedFiles Open(PartyFolder folder, long longest, int longestInMemory = UsualInMemory)
    {
        try
        {
            folder.CreateFolder(Folder);
            foreach (string left in Directory.EnumerateFiles(folder.PathOf(Folder)))
            {
                File.Delete(left);
            }
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw Throw.FolderNotWritable(folder.PathOf(Folder), fault);
        }

        return new ReceivedFiles(folder, longest, longestInMemory);
    }

    /// <summary>Creates a file, which is deleted when it is closed, with room for a message.</summary>
    /// <exception cref="HostingException">There is no room, or the folder cannot be written.</exception>
    public FileStream Create(long length)
    {
        try
        {
            return new FileStream(
                _folder.PathOf(Path.Combine(Folder, Guid.NewGuid().ToString("N"))),
                new FileStreamOptions
                {
                    Mode = FileMode.CreateNew,
                    Access = FileAccess.ReadWrite,
                    Share = FileShare.None,
                    Options = FileOptions.DeleteOnClose | FileOptions.Asynchronous,
                    PreallocationSize = length,
                    BufferSize = 0,
                });
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw Throw.FolderNotWritable(_folder.PathOf(Folder), fault);
        }
    }
}
