using FedHe.Orchestration.Persistence;

namespace FedHe.Tool.Folders;

/// <summary>
/// The ledger of a committee member, in a folder of its own that programs for backups leave out where they know the mark of caches. A
/// ledger that goes back in time could make its member answer twice, so its newest stamp lies apart from it.
/// </summary>
internal sealed class LedgerFile(PartyFolder folder)
{
    public const string FolderName = "ledger";
    public const string Name = "member.ledger";

    private const int HeadLength = 256;

    /// <summary>The mark by which tar, restic, borg and others know a folder that belongs into no backup: https://bford.info/cachedir/.</summary>
    private const string MarkName = "CACHEDIR.TAG";
    private const string Mark = """
        Signature: 8a477f597d28d172789f06886806bc55
        # The ledger of a committee member of fedhe. Never back it up and never copy it: a member whose ledger goes back in time can be made to
        # answer twice in a round. Without a ledger the member is only silent until the round is over.

        """;

    private string Location => Path.Combine(folder.Location, FolderName);

    /// <summary>Reads the ledger, or returns null where there is none.</summary>
    public byte[]? Read()
    {
        string path = Path.Combine(Location, Name);
        return File.Exists(path) ? File.ReadAllBytes(path) : null;
    }

    /// <summary>Returns the stamp of the newest ledger that was written, as far as the folder knows.</summary>
    public StateStamp? NewestOf(byte[] ledger)
    {
        if (folder.ReadState(StateFiles.NewestLedger) is not byte[] bytes || !StateStamp.TryRead(bytes, out StateStamp? newest))
        {
            return null;
        }

        // A run that ended between the two files left the older stamp.
        return StateStamp.TryRead(ledger, out StateStamp? own) && own.Value.Version > newest.Value.Version ? own : newest;
    }

    /// <summary>Writes the ledger, flushed to the disk, and then its stamp.</summary>
    public void Write(SavedState ledger)
    {
        byte[] bytes = ledger.ToArray();
        if (folder.Notes.LedgerRound < ledger.Stamp.Round)
        {
            folder.Note(notes => notes with { LedgerRound = ledger.Stamp.Round });
        }

        PartyFolder.CreatePrivate(Location);
        string mark = Path.Combine(Location, MarkName);
        if (!File.Exists(mark))
        {
            AtomicFile.Replace(mark, System.Text.Encoding.ASCII.GetBytes(Mark));
        }

        AtomicFile.Replace(Path.Combine(Location, Name), bytes);
        folder.WriteState(StateFiles.NewestLedger, bytes.AsSpan(0, Math.Min(bytes.Length, HeadLength)));
    }
}
