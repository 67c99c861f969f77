using FedHe.PrivacyAudit.Attacks;

namespace FedHe.PrivacyAudit.Text;

/// <summary>These options configure a <see cref="TextInversionAttack"/>.</summary>
public sealed record TextInversionOptions
{
    /// <summary>The attack's treatment of encrypted entries.</summary>
    /// <remarks>
    /// With <see cref="MaskTreatment.Zeroed"/>, a token whose row is encrypted counts as absent; with <see
    /// cref="MaskTreatment.LeftOut"/>, the token remains possible.
    /// </remarks>
    public MaskTreatment Treatment { get; init; } = MaskTreatment.LeftOut;

    /// <summary>The largest number of L-BFGS steps.</summary>
    public int MaxIterations { get; init; } = 200;

    /// <summary>The largest number of rounds that improve the discrete text.</summary>
    /// <remarks>Each round tries every change of one token, every swap of two tokens and every shift by one place.</remarks>
    public int MaxRounds { get; init; } = 20;
}
