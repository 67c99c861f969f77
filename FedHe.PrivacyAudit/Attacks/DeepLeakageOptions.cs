namespace FedHe.PrivacyAudit.Attacks;

/// <summary>These options configure a <see cref="DeepLeakageAttack"/>.</summary>
public sealed record DeepLeakageOptions
{
    /// <summary>The attack's treatment of encrypted entries.</summary>
    public MaskTreatment Treatment { get; init; } = MaskTreatment.LeftOut;

    /// <summary>The source of the sample's class.</summary>
    public LabelKnowledge Label { get; init; } = LabelKnowledge.Optimized;

    /// <summary>The largest number of L-BFGS steps.</summary>
    /// <remarks>The reference implementation takes 300 times 20 steps.</remarks>
    public int MaxIterations { get; init; } = 6000;

    /// <summary>The number of corrections that L-BFGS remembers.</summary>
    public int History { get; init; } = 100;
}
