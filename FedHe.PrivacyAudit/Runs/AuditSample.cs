using FedHe.Learning.Tensors;

namespace FedHe.PrivacyAudit.Runs;

/// <summary>An audit sample is a picture to attack.</summary>
/// <param name="Name">A name for reports.</param>
/// <param name="Picture">[channels, height, width], values in [0, 1].</param>
/// <param name="Label">The class.</param>
public sealed record AuditSample(string Name, Tensor Picture, int Label);
