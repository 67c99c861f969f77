namespace FedHe.PrivacyAudit.Runs;

/// <summary>An audit mask marks the parameters that a way of selection encrypts at one ratio.</summary>
/// <param name="Selection">How it was chosen, for reports: rows of one selection form one curve.</param>
/// <param name="Ratio">The selection ratio p asked for.</param>
/// <param name="Encrypted">One flag per parameter.</param>
public sealed record AuditMask(string Selection, double Ratio, ReadOnlyMemory<bool> Encrypted);
