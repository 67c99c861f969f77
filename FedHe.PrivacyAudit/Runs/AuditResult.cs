using FedHe.PrivacyAudit.Metrics;

namespace FedHe.PrivacyAudit.Runs;

/// <summary>An audit result is the best recovery by one attack of one picture behind one mask.</summary>
/// <param name="Mask">The mask.</param>
/// <param name="Attack">The attack's name.</param>
/// <param name="Sample">The picture.</param>
/// <param name="Recovered">The picture recovered, of all starts the one with the least mean squared error.</param>
/// <param name="Label">The class the attacker believed in.</param>
/// <param name="Scores">The similarity of the recovered picture to the original.</param>
/// <param name="Restarts">Starts tried.</param>
/// <param name="Iterations">Iterations of all starts together.</param>
/// <param name="Seconds">Time of all starts together.</param>
/// <param name="IsRecovered">Whether the plan's threshold was reached.</param>
public sealed record AuditResult(
    AuditMask Mask,
    string Attack,
    AuditSample Sample,
    ImagePlanes Recovered,
    int Label,
    ImageScores Scores,
    int Restarts,
    int Iterations,
    double Seconds,
    bool IsRecovered);
