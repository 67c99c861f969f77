namespace FedHe.PrivacyAudit.Runs;

/// <summary>An audit mask marks the parameters that a way of selection encrypts at one ratio.</summary>
/// <param name="Selection">The name of the way of selection in reports, where the rows of one selection form one curve.</param>
/// <param name="Ratio">The selection ratio p asked for.</param>
/// <param name="Encrypted">One flag per parameter.</param>
public sealed record AuditMask(string Selection, double Ratio, ReadOnlyMemory<bool> Encrypted);
