namespace FedHe.Orchestration.Tests.Host.Files;

/// <summary>What the authority keeps beside its keys.</summary>
public sealed record SavedRoster(Guid JobId, SortedDictionary<string, byte[]> VerificationKeys);
