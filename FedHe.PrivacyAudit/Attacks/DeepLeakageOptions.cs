namespace FedHe.PrivacyAudit.Attacks;

/// <summary>Settings of <see cref="DeepLeakageAttack"/>.</summary>
public sealed record DeepLeakageOptions
{
    /// <summary>What to do with encrypted entries.</summary>
    public MaskTreatment Treatment { get; init; } = MaskTreatment.LeftOut;

    /// <summary>Where the class comes from.</summary>
    public LabelKnowledge Label { get; init; } = LabelKnowledge.Optimized;

    /// <summary>L-BFGS steps at most. The reference implementation takes 300 times 20.</summary>
    public int MaxIterations { get; init; } = 6000;

    /// <summary>Corrections that L-BFGS remembers.</summary>
    public int History { get; init; } = 100;
}
