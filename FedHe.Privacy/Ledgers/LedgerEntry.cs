using FedHe.Privacy.Releases;

namespace FedHe.Privacy.Ledgers;

/// <summary>An entry of a ledger: what was released, for what, and how often.</summary>
/// <param name="Purpose">What the release was, such as "round 12" or "mask agreement", in up to 200 characters.</param>
/// <param name="Release">The release.</param>
/// <param name="Count">The number of times.</param>
public sealed record LedgerEntry(string Purpose, PrivacyRelease Release, long Count);
