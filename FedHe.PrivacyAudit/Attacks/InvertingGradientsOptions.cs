namespace FedHe.PrivacyAudit.Attacks;

/// <summary>Settings of <see cref="InvertingGradientsAttack"/>.</summary>
public sealed record InvertingGradientsOptions
{
    /// <summary>What to do with encrypted entries.</summary>
    public MaskTreatment Treatment { get; init; } = MaskTreatment.LeftOut;

    /// <summary>Steps of Adam.</summary>
    public int MaxIterations { get; init; } = 3000;

    /// <summary>The first step size; a tenth after 3/8, 5/8 and 7/8 of the steps.</summary>
    public double StepSize { get; init; } = 0.1;

    /// <summary>The weight of total variation beside the cosine distance.</summary>
    public float TotalVariation { get; init; } = 0.1f;

    /// <summary>Compare the direction of every tensor by itself, so that those with small gradients, the first layers',
    /// count as much as the last layer's. The published attack compares the whole gradient.</summary>
    public bool IsTensorwise { get; init; }
}
