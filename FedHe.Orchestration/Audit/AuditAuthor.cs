namespace FedHe.Orchestration.Audit;

/// <summary>An audit author is the party of a job that writes and signs an audit log. A log of one author is none of another.</summary>
public enum AuditAuthor
{
    /// <summary>The server of the job.</summary>
    Server = 1,

    /// <summary>The key authority of the job.</summary>
    Authority = 2,
}
