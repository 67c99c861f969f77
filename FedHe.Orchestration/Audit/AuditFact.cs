namespace FedHe.Orchestration.Audit;

/// <summary>An audit fact is one thing that an entry of an audit log states: names, numbers, reasons and digests, but never a value, a key or noise.</summary>
/// <param name="Name">The name of the fact, which is the only one of this name in its entry.</param>
/// <param name="Value">What is stated. Lists are separated by spaces.</param>
public readonly record struct AuditFact(string Name, string Value);
