namespace FedHe.Orchestration.Audit;

/// <summary>An audit fault is one thing that is wrong with an audit log.</summary>
/// <param name="Error">What is wrong.</param>
/// <param name="Line">The line of the file, from 1; where a head contradicts the log, the number of the head.</param>
public readonly record struct AuditFault(AuditError Error, long Line);
