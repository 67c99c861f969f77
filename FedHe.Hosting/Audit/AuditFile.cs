using System.Buffers;
using System.Globalization;
using System.Text;
using FedHe.Hosting.Errors;
using FedHe.Hosting.Folders;
using FedHe.Hosting.Stamps;
using FedHe.Hosting.Stores;
using FedHe.Orchestration.Audit;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Persistence;

namespace FedHe.Hosting.Audit;

/// <summary>An audit file keeps the audit log of a server or a key authority on the disk, in step with its saved state.</summary>
/// <remarks>
/// The entries of a step go to a pending file first, with the stamp of the state that they belong to. Then the state is saved, and then the entries are
/// appended. A process that starts after an interruption learns from the stamp whether the step happened, so the log has neither a hole nor an entry twice.
/// </remarks>
public sealed class AuditFile
{
    // What stands before entries of a party that saves no state.
    private const string NoState = "no state";

    private readonly IServerStore _store;
    private readonly AuditChain _chain;
    private readonly TimeProvider _time;
    private readonly ArrayBufferWriter<byte> _pending = new();
    private volatile AuditHead? _head;
    private long _length;

    private AuditFile(IServerStore store, AuditChain chain, TimeProvider time, long length)
        => (_store, _chain, _time, _length, _head) = (store, chain, time, length, chain.Head);

    /// <summary>The head of what is on the disk, or null for an empty log. It may be read at any time.</summary>
    public AuditHead? Head => _head;

    /// <summary>Opens the log, and brings it to where the saved state is.</summary>
    /// <param name="store">The store of the party.</param>
    /// <param name="job">The job.</param>
    /// <param name="author">The party.</param>
    /// <param name="chainFrom">The method that creates the chain of the party's entries behind a head, or behind none.</param>
    /// <param name="time">The clock.</param>
    /// <param name="saved">The stamp of the saved state; null where there is none, or where the party saves none.</param>
    /// <param name="entries">The entries of the log.</param>
    /// <exception cref="HostingException">The log was changed or cut off.</exception>
    public static AuditFile Open(
        IServerStore store, FederationJob job, AuditAuthor author, Func<AuditHead?, AuditChain> chainFrom, TimeProvider time, StateStamp? saved, out IReadOnlyList<AuditEntry> entries)
    {
        ArgumentNullException.ThrowIfNull(store);
        ArgumentNullException.ThrowIfNull(chainFrom);
        byte[] bytes = store.TryRead(PartyFiles.AuditLog) ?? [];
        AuditReport report = AuditLog.Resume(bytes, job, author);
        if (report.Faults.Any(fault => fault.Error is not (AuditError.Torn or AuditError.Empty)))
        {
            throw Throw.AuditRefused(store.PathOf(PartyFiles.AuditLog), store.PathOf(PartyFiles.NewestAudit));
        }

        long length = bytes.Length - report.TornBytes;
        if (report.TornBytes > 0)
        {
            store.Cut(PartyFiles.AuditLog, length);
        }

        (StateStamp? stamp, byte[] newest) = ReadNewest(store);
        AuditReport left = AuditLog.Resume(newest, job, author);
        AuditEntry[] rest = [.. left.Entries.Where(entry => entry.Number > report.Entries.Length)];
        bool isOther = left.Entries.Any(entry => entry.Number <= report.Entries.Length && !report.Entries[(int)entry.Number - 1].Head.Equals(entry.Head));
        bool isMissed = rest.Length > 0 && (rest[0].Number > report.Entries.Length + 1 || (stamp != saved && stamp is StateStamp known && saved?.MayReplace(known) == true));
        if (isMissed || isOther)
        {
            throw Throw.AuditRefused(store.PathOf(PartyFiles.AuditLog), store.PathOf(PartyFiles.NewestAudit));
        }

        if (rest.Length > 0 && stamp == saved)
        {
            int start = StartOf(newest, left.Entries.Length - rest.Length);
            if (!AuditLog.Resume((byte[])[.. bytes.AsSpan(0, (int)length), .. newest.AsSpan(start)], job, author).IsIntact)
            {
                throw Throw.AuditRefused(store.PathOf(PartyFiles.AuditLog), store.PathOf(PartyFiles.NewestAudit));
            }

            store.Append(PartyFiles.AuditLog, length, newest.AsSpan(start));
            length += newest.Length - start;
        }
        else if (rest.Length > 0)
        {
            // Their state was not saved, so that their step never happened.
            store.Delete(PartyFiles.NewestAudit);
            rest = [];
        }

        entries = [.. report.Entries, .. rest];
        var file = new AuditFile(store, chainFrom(entries.Count == 0 ? null : entries[^1].Head), time, length);
        if (report.TornBytes > 0 && entries.Count > 0)
        {
            file.Add(AuditKind.Repaired, new AuditFact("bytesCut", report.TornBytes.ToString(CultureInfo.InvariantCulture)));
        }

        return file;
    }

    /// <summary>Makes an entry, which <see cref="Commit"/> writes.</summary>
    /// <param name="kind">What the entry is about.</param>
    /// <param name="facts">What the entry states.</param>
    public void Add(AuditKind kind, params AuditFact[] facts) => _pending.Write(_chain.Append(_time.GetUtcNow(), kind, facts));

    /// <summary>Writes the entries to a file of their own, before the state that they belong to is saved.</summary>
    /// <param name="stamp">The stamp of the state; null where the party saves none, and its entries belong to nothing else.</param>
    public void Prepare(StateStamp? stamp)
    {
        if (_pending.WrittenCount > 0)
        {
            _store.Replace(PartyFiles.NewestAudit, [.. Encoding.ASCII.GetBytes($"{(stamp is StateStamp known ? StampText.Write(known) : NoState)}\n"), .. _pending.WrittenSpan]);
        }
    }

    /// <summary>Appends the entries to the log. They are on the disk when the store is committed, which a folder always is.</summary>
    public void Commit()
    {
        if (_pending.WrittenCount > 0)
        {
            _store.Append(PartyFiles.AuditLog, _length, _pending.WrittenSpan);
            _length += _pending.WrittenCount;
            _pending.ResetWrittenCount();
            AuditHead? head = _chain.Head;
            _store.WhenSaved(() => _head = head);
        }
    }

    private static (StateStamp? Stamp, byte[] Lines) ReadNewest(IServerStore store)
    {
        byte[] bytes = store.TryRead(PartyFiles.NewestAudit) ?? [];
        int end = Array.IndexOf(bytes, (byte)'\n');
        string line = end < 0 ? string.Empty : Encoding.ASCII.GetString(bytes, 0, end);
        StateStamp? stamp = StampText.TryRead(line);
        return stamp is null && line != NoState ? (null, []) : (stamp, bytes[(end + 1)..]);
    }

    /// <summary>Returns where the lines behind some lines begin.</summary>
    private static int StartOf(byte[] lines, int skipped)
    {
        int start = 0;
        for (; skipped > 0; skipped--)
        {
            start = Array.IndexOf(lines, (byte)'\n', start) + 1;
        }

        return start;
    }
}
