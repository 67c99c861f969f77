using System.Text;
using FedHe.Crypto.Identities;

namespace FedHe.Hosting.Folders;

/// <summary>
/// Kept messages are the long uploads that the log of a server refers to in the place of holding them: the files of their transfers, which stay until a saved
/// state has them. A mark under the name of its digest says which file has a message.
/// </summary>
/// <remarks>
/// Nobody looks for a message by what is in a file: a client can begin transfers of other bytes that begin and end as its upload does.
/// </remarks>
public static class KeptMessages
{
    /// <summary>The end of the name of each file with a message.</summary>
    public const string FileExtension = ".bytes";

    private const string MarkExtension = ".kept";

    // The name of a file is shorter.
    private const int LongestMark = 256;

    /// <summary>Returns the name of the mark of a message, which contains the name of the file with it.</summary>
    /// <param name="digest">The digest of the message, as a change refers to it.</param>
    public static string MarkOf(Digest digest) => $"{digest}{MarkExtension}";

    /// <summary>Opens the message with a digest, as a change refers to it, or returns null where it is not there. Whoever reads it verifies all of it.</summary>
    /// <param name="folder">The path of the folder with the transfers of the server, which need not be there.</param>
    /// <param name="digest">The digest of the message.</param>
    /// <returns>A stream of the whole message, which its caller disposes.</returns>
    /// <exception cref="IOException">A file cannot be read.</exception>
    public static Stream? Open(string folder, Digest digest)
    {
        try
        {
            using FileStream mark = PartyFolder.OpenRead(Path.Combine(folder, MarkOf(digest)));
            byte[] bytes = new byte[LongestMark];
            string name = Encoding.ASCII.GetString(bytes, 0, mark.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false));
            return Path.GetFileName(name) == name && name.EndsWith(FileExtension, StringComparison.Ordinal) ? PartyFolder.OpenRead(Path.Combine(folder, name), isPart: true) : null;
        }
        catch (Exception fault) when (fault is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
        catch (UnauthorizedAccessException fault)
        {
            throw new IOException(fault.Message, fault);
        }
    }
}
