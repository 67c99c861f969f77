using System.Text;
using FedHe.Crypto.Identities;
using FedHe.Hosting.Folders;
using FedHe.Hosting.Stamps;
using FedHe.Orchestration.Messages;
using FedHe.Orchestration.Persistence;

namespace FedHe.Hosting.AspNetCore.Transfers;

/// <summary>
/// The folder with the transfers of a job. A client has two unfinished ones at most: the oldest makes room for another. All of a round end with it. It is
/// thread-safe.
/// </summary>
internal sealed class TransferFolder
{
    /// <summary>The largest number of unfinished transfers of a client.</summary>
    public const int MostUnfinished = 2;

    /// <summary>The largest number of a client's messages that the server has taken and is known to have.</summary>
    public const int MostTaken = 4;

    private const string Folder = PartyFiles.Transfers;

    private readonly PartyFolder _folder;
    private readonly Lock _changing = new();

    // In the order of their beginning.
    private readonly List<Transfer> _transfers = [];

    // What earlier processes left, to which the log may refer until a state is saved.
    private readonly List<string> _leftovers = [];

    private TransferFolder(PartyFolder folder) => _folder = folder;

    /// <summary>Opens the transfers of a job, with what earlier processes left.</summary>
    /// <param name="folder">The folder of the server.</param>
    /// <param name="jobId">The job.</param>
    /// <param name="saved">The stamp of the saved state, or null where there is none.</param>
    public static TransferFolder Open(PartyFolder folder, Guid jobId, StateStamp? saved)
    {
        folder.CreateFolder(Folder);
        var transfers = new TransferFolder(folder);
        var known = new HashSet<string>(StringComparer.Ordinal);
        FileInfo[] files = new DirectoryInfo(folder.PathOf(Folder)).GetFiles();
        foreach (FileInfo head in files.Where(file => file.Extension == Transfer.HeadExtension).OrderBy(file => file.LastWriteTimeUtc))
        {
            string file = Path.GetFileNameWithoutExtension(head.Name);
            if (transfers.TryRead(Path.Combine(Folder, file), jobId, saved) is Transfer transfer && !transfers._transfers.Exists(other => other.Head.Name == transfer.Head.Name))
            {
                transfers._transfers.Add(transfer);
                known.Add(file);
            }
        }

        foreach (FileInfo file in files.Where(file => !known.Contains(Path.GetFileNameWithoutExtension(file.Name))))
        {
            transfers._leftovers.Add(Path.Combine(Folder, file.Name));
        }

        return transfers;
    }

    /// <summary>Deletes the files that earlier processes left and nobody needs, when this one has saved a state.</summary>
    /// <exception cref="IOException">A file cannot be deleted.</exception>
    public void DeleteLeftovers()
    {
        _leftovers.ForEach(_folder.Delete);
        _leftovers.Clear();
    }

    /// <summary>Finds a transfer of a client.</summary>
    public Transfer? Find(string client, Digest name)
    {
        lock (_changing)
        {
            return _transfers.Find(transfer => transfer.Head.Name == name && transfer.Head.Client.Value == client);
        }
    }

    /// <summary>
    /// Returns the transfer of a head whose client has signed it, which may be under way already; or null where as many of the client as may are in use.
    /// </summary>
    public Transfer? Begin(TransferHead head)
    {
        lock (_changing)
        {
            if (_transfers.Find(transfer => transfer.Head.Name == head.Name) is Transfer known)
            {
                return known;
            }

            Transfer[] others = [.. _transfers.Where(transfer => transfer.Head.Client == head.Client)];
            Transfer[] unfinished = [.. others.Where(transfer => !transfer.IsTaken)];
            if (unfinished.Length >= MostUnfinished)
            {
                if (Array.Find(unfinished, transfer => !transfer.IsInUse) is not Transfer oldest)
                {
                    return null;
                }

                Remove(oldest);
            }

            foreach (Transfer taken in others.Where(transfer => transfer.IsTaken).SkipLast(MostTaken))
            {
                Remove(taken);
            }

            // Never the name of one that ended, whose files somebody may still delete.
            var transfer = new Transfer(_folder, Path.Combine(Folder, Guid.NewGuid().ToString("N")), head);
            _transfers.Add(transfer);
            return transfer;
        }
    }

    /// <summary>Ends a transfer.</summary>
    public void End(Transfer transfer)
    {
        lock (_changing)
        {
            Remove(transfer);
        }
    }

    /// <summary>Ends the transfers whose messages come too late.</summary>
    public void Expire(Func<MessageInfo, bool> isLate)
    {
        lock (_changing)
        {
            foreach (Transfer late in _transfers.FindAll(transfer => isLate(transfer.Head.Info)))
            {
                Remove(late);
            }
        }
    }

    private void Remove(Transfer transfer)
    {
        _transfers.Remove(transfer);
        transfer.Discard();
    }

    /// <summary>Reads what an earlier process left of a transfer, or returns null where it is nothing to go on with.</summary>
    private Transfer? TryRead(string file, Guid jobId, StateStamp? saved)
    {
        if (!TransferHead.TryRead(_folder.TryRead($"{file}{Transfer.HeadExtension}"), out TransferHead? head, out _) || head.Info.JobId != jobId)
        {
            return null;
        }

        // A state that is older than the one that took the message does not have it.
        string line = Encoding.ASCII.GetString(_folder.TryRead($"{file}{Transfer.TakenExtension}") ?? []).TrimEnd('\n');
        bool isTaken = StampText.TryRead(line) is StateStamp taken && saved?.MayReplace(taken) == true;
        if (isTaken)
        {
            // The process may have ended before it deleted them.
            _leftovers.Add($"{file}{Transfer.BytesExtension}");
            return new Transfer(_folder, file, head, isTaken: true);
        }

        _folder.Delete($"{file}{Transfer.TakenExtension}");
        return File.Exists(_folder.PathOf($"{file}{Transfer.BytesExtension}")) ? new Transfer(_folder, file, head) : null;
    }
}
