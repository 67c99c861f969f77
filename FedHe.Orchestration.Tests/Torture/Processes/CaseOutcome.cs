namespace FedHe.Orchestration.Tests.Torture.Processes;

/// <summary>What a case that passed adds to the counts of its test.</summary>
/// <param name="Stopped">The number of servers that stopped.</param>
/// <param name="IsSplit">Whether two clients opened two lists.</param>
internal readonly record struct CaseOutcome(int Stopped, bool IsSplit);
