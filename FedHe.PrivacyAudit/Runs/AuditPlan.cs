using FedHe.Crypto.Random;
using FedHe.Learning.Models;
using FedHe.PrivacyAudit.Attacks;

namespace FedHe.PrivacyAudit.Runs;

/// <summary>Which pictures to attack, how, and behind which masks.</summary>
/// <param name="Model">The model whose gradients are observed; it must not change while the plan runs.</param>
/// <param name="Samples">The pictures; each is attacked on its own.</param>
/// <param name="Masks">The masks to compare.</param>
/// <param name="Attacks">The attacks.</param>
public sealed record AuditPlan(
    Model Model, IReadOnlyList<AuditSample> Samples, IReadOnlyList<AuditMask> Masks, IReadOnlyList<IGradientAttack> Attacks)
{
    /// <summary>Random starts of every attack; the best result is kept.</summary>
    public int Restarts { get; init; } = 10;

    /// <summary>The seed of the first start; the others follow it.</summary>
    public int Seed { get; init; } = 1;

    /// <summary>A picture counts as recovered below this mean squared error on [0, 1]. No further starts are tried
    /// then, and the attack ends.</summary>
    public double RecoveredBelow { get; init; } = 1e-3;
}
