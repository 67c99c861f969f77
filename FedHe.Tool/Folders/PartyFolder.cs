using System.Text.Json;
using FedHe.MLBridge.Identities;
using FedHe.Tool.Output;

namespace FedHe.Tool.Folders;

/// <summary>
/// The folder of a party: <c>state</c> for itself alone, <c>inbox</c> for what others sent, <c>outbox/NAME</c> for what NAME is to get.
/// One command at a time works in it.
/// </summary>
internal sealed class PartyFolder : IDisposable
{
    public const string ServerName = "server";
    public const string AuthorityName = "authority";

    /// <summary>The name of the file that shows that a command works in the folder.</summary>
    public const string LockName = "lock";

    /// <summary>The name of the folder for what others sent.</summary>
    public const string InboxName = "inbox";

    private const string NotesName = "party.json";
    private const string HandledName = "handled";
    private const string RefusedName = "refused";
    private const string OutboxName = "outbox";
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    private readonly FileStream _lock;
    private readonly HashSet<string> _handled;

    private PartyFolder(string location, FileStream folderLock, PartyNotes notes)
    {
        Location = location;
        _lock = folderLock;
        Notes = notes;
        DeleteUnfinished();
        string handled = StatePath(HandledName);
        _handled = File.Exists(handled) ? [.. File.ReadAllLines(handled)] : [];
    }

    public string Location { get; }

    public PartyNotes Notes { get; private set; }

    /// <summary>What a saved state must be named by, to be called complete: see <see cref="MarkDelivered"/>.</summary>
    public bool IsDelivered(string stamp) => Notes.Delivered == stamp;

    /// <summary>Makes a new folder. It becomes one when its notes are written, which the caller does last.</summary>
    public static PartyFolder Create(string location, PartyRole role, string name)
    {
        string state = Path.Combine(location, "state");
        if (File.Exists(Path.Combine(state, NotesName)))
        {
            throw ToolException.Refused($"{location} is the folder of a party already. Take another one.");
        }

        CreatePrivate(state);
        Directory.CreateDirectory(Path.Combine(location, InboxName));
        CreatePrivate(Path.Combine(location, OutboxName));
        return new PartyFolder(location, Lock(state), new PartyNotes { Role = role, Name = name });
    }

    /// <summary>Opens the folder of a party.</summary>
    public static PartyFolder Open(string location, params PartyRole[] roles)
    {
        string state = Path.Combine(location, "state");
        string notes = Path.Combine(state, NotesName);
        if (!File.Exists(notes))
        {
            throw NotAFolder(location);
        }

        FileStream folderLock = Lock(state);
        try
        {
            PartyNotes read = PartyNotes.Read(File.ReadAllBytes(notes));
            return roles.Length == 0 || roles.Contains(read.Role)
                ? new PartyFolder(location, folderLock, read)
                : throw ToolException.Refused($"{location} is the folder of {Describe(read.Role)}; this command is for {string.Join(" or ", roles.Select(Describe))}.");
        }
        catch (JsonException fault)
        {
            folderLock.Dispose();
            throw ToolException.Refused($"{notes} is damaged. Take it from a backup.", fault);
        }
        catch
        {
            folderLock.Dispose();
            throw;
        }
    }

    /// <summary>Reads what a folder is, without working in it.</summary>
    public static PartyNotes? Peek(string location)
    {
        string notes = Path.Combine(location, "state", NotesName);
        try
        {
            return File.Exists(notes) ? PartyNotes.Read(File.ReadAllBytes(notes)) : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    public static ToolException NotAFolder(string location)
        => ToolException.Refused($"{location} is not the folder of a party. Make it with 'fedhe keys client', 'fedhe keys server' or 'fedhe keys authority'.");

    /// <summary>Tells whether a client may have a name, which becomes the name of a folder.</summary>
    public static bool IsClientName(string name)
        => ClientId.IsValid(name) && name is not (ServerName or AuthorityName) && !name.StartsWith('.');

    /// <summary>Creates a folder that only its owner can look into, or makes it one.</summary>
    public static void CreatePrivate(string path)
    {
        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(path);
        }
        else
        {
            Directory.CreateDirectory(path, OwnerOnly);
            File.SetUnixFileMode(path, OwnerOnly);
        }
    }

    public string StatePath(string name) => Path.Combine(Location, "state", name);

    public byte[]? ReadState(string name) => File.Exists(StatePath(name)) ? File.ReadAllBytes(StatePath(name)) : null;

    public void WriteState(string name, ReadOnlySpan<byte> bytes) => AtomicFile.Replace(StatePath(name), bytes);

    public void Note(Func<PartyNotes, PartyNotes> change)
    {
        Notes = change(Notes);
        WriteState(NotesName, Notes.Write());
    }

    /// <summary>Notes that all messages of a saved state are in the outbox, so that they are not sent once more.</summary>
    public void MarkDelivered(string stamp) => Note(notes => notes with { Delivered = stamp });

    /// <summary>
    /// Puts a message into the outbox. Its number is used up before the file is written: no two messages ever have one name.
    /// </summary>
    public string Send(string recipient, string kind, ReadOnlySpan<byte> bytes)
    {
        Note(notes => notes with { Sent = notes.Sent + 1 });
        if (recipient is not (ServerName or AuthorityName) && !IsClientName(recipient))
        {
            throw ToolException.Refused("A message is for a party with a name that cannot be.");
        }

        string folder = Path.Combine(Location, OutboxName, recipient);
        CreatePrivate(folder);
        string path = Path.Combine(folder, $"{Notes.Name}-{Notes.Sent:D6}-{kind}.fedhe");
        AtomicFile.Replace(path, bytes);
        return path;
    }

    /// <summary>Deletes the messages of a kind for a recipient that have not left the outbox.</summary>
    public void Withdraw(string recipient, string kind)
    {
        string folder = Path.Combine(Location, OutboxName, recipient);
        if (Directory.Exists(folder))
        {
            Array.ForEach(Directory.GetFiles(folder, $"{Notes.Name}-*-{kind}.fedhe"), File.Delete);
        }
    }

    /// <summary>
    /// Lists the inbox in the order of the senders' numbers, without what was handled before and came again. What is longer than any message
    /// is put aside, and what cannot be read is left alone.
    /// </summary>
    public IReadOnlyList<InboxFile> Inbox()
    {
        var files = new List<InboxFile>();
        foreach (FileInfo entry in Mailbox.FilesOf(Path.Combine(Location, InboxName)))
        {
            try
            {
                InboxFile file = InboxFile.Look(entry);
                if (file.IsTooLong)
                {
                    SetAside(file);
                }
                else if (_handled.Contains(file.Identity()))
                {
                    File.Delete(file.Path);
                }
                else
                {
                    files.Add(file);
                }
            }
            catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
            {
                // One odd file, with a name that is no text or without a right to read it, must not keep the others from being handled.
            }
        }

        return files;
    }

    /// <summary>Takes a message out of the inbox that was handled; a copy of it that comes again is skipped.</summary>
    public void Done(InboxFile file)
    {
        string identity = file.Identity();
        if (_handled.Add(identity))
        {
            using var list = new FileStream(StatePath(HandledName), FileMode.Append, FileAccess.Write, FileShare.None);
            list.Write([.. System.Text.Encoding.UTF8.GetBytes(identity), (byte)'\n']);
            list.Flush(flushToDisk: true);
        }

        File.Delete(file.Path);
    }

    /// <summary>Puts a message aside that was refused, for somebody to look at, where nobody but the party can write.</summary>
    public void SetAside(InboxFile file)
    {
        string folder = Path.Combine(Location, RefusedName);
        CreatePrivate(folder);
        File.Move(file.Path, Path.Combine(folder, file.Name), overwrite: true);
    }

    public void Dispose() => _lock.Dispose();

    /// <summary>Deletes what a run before was writing when it ended.</summary>
    private void DeleteUnfinished()
    {
        var outbox = new DirectoryInfo(Path.Combine(Location, OutboxName));
        IEnumerable<DirectoryInfo> boxes = outbox.Exists ? outbox.EnumerateDirectories().Where(box => box.LinkTarget is null) : [];
        var ledger = new DirectoryInfo(Path.Combine(Location, LedgerFile.FolderName));
        IEnumerable<DirectoryInfo> own = ledger.Exists ? [new DirectoryInfo(Path.Combine(Location, "state")), ledger] : [new DirectoryInfo(Path.Combine(Location, "state"))];
        foreach (DirectoryInfo folder in boxes.Concat(own))
        {
            foreach (FileInfo file in folder.EnumerateFiles().Where(file => AtomicFile.IsUnfinished(file.Name)))
            {
                file.Delete();
            }
        }
    }

    private static string Describe(PartyRole role) => role switch
    {
        PartyRole.Server => "the server",
        PartyRole.Authority => "the key authority",
        PartyRole.Administrator => "an administrator",
        _ => "a client",
    };

    private static FileStream Lock(string state)
    {
        try
        {
            return new FileStream(Path.Combine(state, LockName), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException fault)
        {
            throw new ToolException(ExitCodes.TryAgain, "Another command works in this folder. Wait for it to end.", fault);
        }
    }
}
