using FedHe.Crypto.Identities;
using FedHe.Orchestration.Messages;

namespace FedHe.Hosting.Folders;

/// <summary>
/// Kept messages are the long uploads that the log of a server refers to in the place of holding them: the files of their transfers, which stay until a saved
/// state has them.
/// </summary>
public static class KeptMessages
{
    /// <summary>The end of the name of each file.</summary>
    public const string FileExtension = ".bytes";

    /// <summary>Opens the message with a digest, as a change refers to it, or returns null where it is not there. Whoever reads it verifies all of it.</summary>
    /// <param name="folder">The path of the folder with the transfers of the server, which need not be there.</param>
    /// <param name="digest">The digest of the message.</param>
    /// <returns>A stream of the whole message, which its caller disposes.</returns>
    /// <exception cref="IOException">A file cannot be read.</exception>
    public static Stream? Open(string folder, Digest digest)
    {
        foreach (string path in Directory.Exists(folder) ? Directory.GetFiles(folder, $"*{FileExtension}") : [])
        {
            FileStream? file = PartyFolder.OpenRead(path, isPart: true);
            try
            {
                if (MessageInfo.TryReadDigest(file, out Digest own) && own == digest)
                {
                    file.Position = 0;
                    FileStream found = file;
                    file = null;
                    return found;
                }
            }
            finally
            {
                file?.Dispose();
            }
        }

        return null;
    }
}
