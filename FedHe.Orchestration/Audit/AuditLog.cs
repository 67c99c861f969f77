using System.Collections.Immutable;
using FedHe.Crypto.Identities;
using FedHe.Orchestration.Job;

namespace FedHe.Orchestration.Audit;

/// <summary>
/// An audit log is a file of lines, each an entry in JSON with the digest of the entry before it and the signature of its author: the job's server, or its key
/// authority. It is verified without them: the job has the public keys.
/// </summary>
public static class AuditLog
{
    /// <summary>Verifies an audit log: that every entry is the server's, and that none was removed, changed, moved or doubled.</summary>
    /// <param name="log">The bytes of the file; untrusted.</param>
    /// <param name="job">The job, from a source that is trusted. Its key verifies the entries.</param>
    /// <param name="heads">
    /// The heads that the server gave to clients, who keep the newest. Without any, entries that were cut off at the end are not missed.
    /// </param>
    /// <returns>The entries, and what is wrong.</returns>
    /// <remarks>
    /// A chain proves nothing against the holder of the server's key, who can write all of it anew: only heads in other hands do.
    /// </remarks>
    public static AuditReport Verify(ReadOnlyMemory<byte> log, FederationJob job, params IReadOnlyList<AuditHead> heads)
    {
        ArgumentNullException.ThrowIfNull(job);
        ArgumentNullException.ThrowIfNull(heads);
        return Read(log, job, AuditAuthor.Server, heads, isEverySignatureChecked: true);
    }

    /// <summary>Verifies the audit log of a party of a job, as <see cref="Verify(ReadOnlyMemory{byte}, FederationJob, IReadOnlyList{AuditHead})"/> does for the server.</summary>
    /// <param name="log">The bytes of the file; untrusted.</param>
    /// <param name="job">The job, from a source that is trusted. Its keys verify the entries.</param>
    /// <param name="author">The party whose log it is.</param>
    /// <param name="heads">The heads that the party gave to others.</param>
    /// <returns>The entries, and what is wrong.</returns>
    public static AuditReport Verify(ReadOnlyMemory<byte> log, FederationJob job, AuditAuthor author, params IReadOnlyList<AuditHead> heads)
    {
        ArgumentNullException.ThrowIfNull(job);
        ArgumentNullException.ThrowIfNull(heads);
        return Read(log, job, author, heads, isEverySignatureChecked: true);
    }

    /// <summary>
    /// Verifies a log whose author goes on with it: the chain, and the signature of its last entry, which covers all others. A thousand
    /// signatures take a tenth of a second.
    /// </summary>
    /// <param name="log">The bytes of the file.</param>
    /// <param name="job">The job.</param>
    /// <param name="author">The party whose log it is.</param>
    public static AuditReport Resume(ReadOnlyMemory<byte> log, FederationJob job, AuditAuthor author = AuditAuthor.Server)
    {
        ArgumentNullException.ThrowIfNull(job);
        return Read(log, job, author, [], isEverySignatureChecked: false);
    }

    private static AuditReport Read(ReadOnlyMemory<byte> log, FederationJob job, AuditAuthor author, IReadOnlyList<AuditHead> heads, bool isEverySignatureChecked)
    {
        var entries = ImmutableArray.CreateBuilder<AuditEntry>();
        var faults = ImmutableArray.CreateBuilder<AuditFault>();
        long line = 0;
        while (log.Span.IndexOf((byte)'\n') is var end and >= 0)
        {
            line++;
            AuditEntry? entry = AuditEntry.TryRead(log[..end]);
            log = log[(end + 1)..];
            if (entry is null)
            {
                faults.Add(new AuditFault(AuditError.Malformed, line));
                continue;
            }

            bool isLast = log.Span.IndexOf((byte)'\n') < 0;
            faults.AddRange(FaultsOf(entry, entries.Count == 0 ? null : entries[^1], job, author, isEverySignatureChecked || isLast).Select(error => new AuditFault(error, line)));
            entries.Add(entry);
        }

        if (!log.IsEmpty)
        {
            faults.Add(new AuditFault(AuditError.Torn, line + 1));
        }

        if (entries.Count == 0)
        {
            faults.Add(new AuditFault(AuditError.Empty, 1));
        }

        long vouchedFor = 0;
        HashSet<AuditHead> own = [.. entries.Select(entry => entry.Head)];
        long last = entries.Count == 0 ? 0 : entries[^1].Number;
        foreach (AuditHead head in heads)
        {
            if (Contradiction(head, own, last, job, author) is AuditError contradiction)
            {
                faults.Add(new AuditFault(contradiction, head.Number));
            }
            else
            {
                vouchedFor = Math.Max(vouchedFor, head.Number);
            }
        }

        return new AuditReport { Author = author, Entries = entries.ToImmutable(), Faults = faults.ToImmutable(), VouchedFor = vouchedFor, TornBytes = log.Length };
    }

    private static IEnumerable<AuditError> FaultsOf(AuditEntry entry, AuditEntry? before, FederationJob job, AuditAuthor author, bool isSignatureChecked)
    {
        if (entry.Number != (before?.Number ?? 0) + 1)
        {
            yield return AuditError.WrongNumber;
        }

        if (entry.Previous != (before?.Head.Digest ?? job.Digest))
        {
            yield return before is null ? AuditError.OtherJob : AuditError.WrongPrevious;
        }

        if (isSignatureChecked && !entry.Head.IsOf(job, author))
        {
            yield return AuditError.BadSignature;
        }
    }

    private static AuditError? Contradiction(AuditHead head, HashSet<AuditHead> own, long last, FederationJob job, AuditAuthor author)
        => !head.IsOf(job, author) ? AuditError.BadHead
            : own.Contains(head) ? null
            : head.Number > last ? AuditError.Truncated
            : AuditError.Rewritten;
}
