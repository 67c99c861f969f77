using FedHe.PrivacyAudit.Attacks;

namespace FedHe.PrivacyAudit.Runs;

/// <summary>The progress of an audit.</summary>
/// <param name="Finished">Results finished.</param>
/// <param name="Total">Results wanted: pictures x masks x attacks.</param>
/// <param name="Mask">The mask in hand.</param>
/// <param name="Attack">The name of the attack in hand.</param>
/// <param name="Sample">The name of the picture in hand.</param>
/// <param name="Restart">The start in hand, from 1.</param>
/// <param name="Attempt">The progress of the current attempt.</param>
public sealed record AuditProgress(
    int Finished, int Total, AuditMask Mask, string Attack, string Sample, int Restart, AttackProgress Attempt);
