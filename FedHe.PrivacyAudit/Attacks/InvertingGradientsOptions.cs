namespace FedHe.PrivacyAudit.Attacks;

/// <summary>These options configure an <see cref="InvertingGradientsAttack"/>.</summary>
public sealed record InvertingGradientsOptions
{
    /// <summary>The attack's treatment of encrypted entries.</summary>
    public MaskTreatment Treatment { get; init; } = MaskTreatment.LeftOut;

    /// <summary>The largest number of Adam steps.</summary>
    public int MaxIterations { get; init; } = 3000;

    /// <summary>The first step size, which falls to a tenth after 3/8, 5/8 and 7/8 of the steps.</summary>
    public double StepSize { get; init; } = 0.1;

    /// <summary>The weight of total variation relative to the cosine distance.</summary>
    public float TotalVariation { get; init; } = 0.1f;

    /// <summary>A flag that makes the attack compare the direction of every tensor separately.</summary>
    /// <remarks>
    /// Tensors with small gradients, in the first layers, then count as much as the last layer. The published attack compares the
    /// whole gradient.
    /// </remarks>
    public bool IsTensorwise { get; init; }
}
