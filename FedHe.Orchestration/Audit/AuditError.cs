namespace FedHe.Orchestration.Audit;

/// <summary>What is wrong with an audit log.</summary>
public enum AuditError
{
    /// <summary>A line is no entry of an audit log.</summary>
    Malformed = 1,

    /// <summary>The file ends within an entry: a process ended while it wrote, and none has repaired the file since; or somebody cut it.</summary>
    Torn = 2,

    /// <summary>The number of an entry is not the next one: entries were removed, moved or doubled.</summary>
    WrongNumber = 3,

    /// <summary>An entry does not follow from the one before it: one of the two was changed, or one between them removed.</summary>
    WrongPrevious = 4,

    /// <summary>The author of the log has not signed an entry.</summary>
    BadSignature = 5,

    /// <summary>The first entry does not begin the log of this job.</summary>
    OtherJob = 6,

    /// <summary>The log ends before the entry of a head that the author gave to somebody.</summary>
    Truncated = 7,

    /// <summary>The log has another entry in the place of one whose head the author gave to somebody.</summary>
    Rewritten = 8,

    /// <summary>A head is not signed by the author of the log, and says nothing about the log.</summary>
    BadHead = 9,

    /// <summary>The file has no entry.</summary>
    Empty = 10,
}
