using FedHe.Crypto.Random;
using FedHe.Learning.Models;
using FedHe.PrivacyAudit.Attacks;

namespace FedHe.PrivacyAudit.Runs;

/// <summary>An audit plan lists the pictures to attack, the attacks, and the masks.</summary>
/// <param name="Model">The model whose gradients are observed; it must not change while the plan runs.</param>
/// <param name="Samples">The pictures; each is attacked on its own.</param>
/// <param name="Masks">The masks to compare.</param>
/// <param name="Attacks">The attacks.</param>
public sealed record AuditPlan(
    Model Model, IReadOnlyList<AuditSample> Samples, IReadOnlyList<AuditMask> Masks, IReadOnlyList<IGradientAttack> Attacks)
{
    /// <summary>The number of random starts of every attack, of which the best result is kept.</summary>
    public int Restarts { get; init; } = 10;

    /// <summary>The seed of the first start, which the seeds of the other starts follow.</summary>
    public int Seed { get; init; } = 1;

    /// <summary>The mean squared error on [0, 1] below which a picture counts as recovered.</summary>
    /// <remarks>The attack then ends, and no further starts are tried.</remarks>
    public double RecoveredBelow { get; init; } = 1e-3;
}
