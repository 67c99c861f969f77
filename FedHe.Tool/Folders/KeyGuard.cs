using FedHe.Crypto.Serialization;
using FedHe.Orchestration.Messages;
using FedHe.Tool.Output;

namespace FedHe.Tool.Folders;

/// <summary>
/// The key guard looks for keys where the server works. The server must be unable to decrypt, so nothing of the kind may lie there, under
/// a password or not: it refuses to run until it is gone.
/// </summary>
internal static class KeyGuard
{
    private const byte ServerIdentity = 2;
    private const string MailName = "mail";

    private static readonly WireKind[] SecretKinds = [WireKind.SecretKey, WireKind.PasswordProtectedSecretKey, WireKind.MemberLedger];

    public static void Check(string folder)
    {
        if (PartyFolder.Peek(folder) is null)
        {
            throw PartyFolder.NotAFolder(folder);
        }

        string inbox = Path.GetFullPath(Path.Combine(folder, PartyFolder.InboxName));
        string folderLock = Path.GetFullPath(Path.Combine(folder, "state", PartyFolder.LockName));
        Check(new DirectoryInfo(Path.GetFullPath(folder)), inbox, folderLock, mail: null);
    }

    /// <summary>Looks through a kit of the server. Only in its mail grants of keys may lie, which wait for the client that alone can open them.</summary>
    /// <param name="kit">The kit.</param>
    /// <param name="folder">The folder in it that the host works in.</param>
    public static void CheckKit(string kit, string folder)
        => Check(new DirectoryInfo(Path.GetFullPath(kit)), inbox: string.Empty, Path.GetFullPath(Path.Combine(folder, PartyFolder.LockName)), Path.GetFullPath(Path.Combine(folder, MailName)));

    private static void Check(DirectoryInfo folder, string inbox, string folderLock, string? mail, bool isMail = false)
    {
        foreach (FileSystemInfo entry in folder.EnumerateFileSystemInfos())
        {
            if (entry.LinkTarget is not null)
            {
                // Nothing follows a link in the inbox. Elsewhere a key may lie behind it.
                if (folder.FullName != inbox)
                {
                    throw ToolException.Refused($"{entry.FullName} is a symbolic link, and a key may lie behind it. Take it out of the server's folder.");
                }
            }
            else if (entry is DirectoryInfo inner)
            {
                Check(inner, inbox, folderLock, mail, isMail || inner.FullName == mail);
            }
            else if (entry is FileInfo { Exists: true, Length: > WireHead.ContentOffset } file && file.FullName != folderLock && IsKey(file, isMail))
            {
                throw ToolException.Refused(
                    $"{file.FullName} is a key or a grant of keys. The server must not have one, not even under a password: move it to the party that it "
                    + "belongs to, and take new keys if others can read this folder.");
            }
        }
    }

    private static bool IsKey(FileInfo path, bool isMail)
    {
        byte[] head = new byte[1024];
        int length;
        using (FileStream file = path.OpenRead())
        {
            length = file.ReadAtLeast(head, head.Length, throwOnEndOfStream: false);
        }

        ReadOnlySpan<byte> bytes = head.AsSpan(0, length);
        return WireHead.KindOf(bytes) is WireKind kind
            && (SecretKinds.Contains(kind)
                || (kind == WireKind.SealedSecret && bytes[WireHead.ContentOffset] != ServerIdentity)
                || (!isMail && MessageInfo.TryRead(bytes, out MessageInfo? info) && info.Kind == MessageKind.KeyGrant));
    }
}
