using System.Collections.Immutable;

namespace FedHe.Orchestration.Audit;

/// <summary>An audit report is what was found in an audit log.</summary>
public sealed record AuditReport
{
    /// <summary>The party whose log it is.</summary>
    public AuditAuthor Author { get; init; } = AuditAuthor.Server;

    /// <summary>The entries that could be read, in the order of the file.</summary>
    public required ImmutableArray<AuditEntry> Entries { get; init; }

    /// <summary>What is wrong, in the order of the file, and then what the heads contradict.</summary>
    public required ImmutableArray<AuditFault> Faults { get; init; }

    /// <summary>The number of the newest entry that a head of the author vouches for; 0 without heads. Whether entries behind it were cut off cannot be seen.</summary>
    public required long VouchedFor { get; init; }

    /// <summary>The number of bytes behind the last whole line, 0 unless the file is torn.</summary>
    public required int TornBytes { get; init; }

    /// <summary>Whether every entry is the author's, in its place, and contradicts no head.</summary>
    public bool IsIntact => Faults.IsEmpty;

    /// <summary>The head of the last entry, or null without entries.</summary>
    public AuditHead? Head => Entries.IsEmpty ? null : Entries[^1].Head;
}
