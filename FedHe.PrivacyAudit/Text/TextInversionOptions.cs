using FedHe.PrivacyAudit.Attacks;

namespace FedHe.PrivacyAudit.Text;

/// <summary>Settings of <see cref="TextInversionAttack"/>.</summary>
public sealed record TextInversionOptions
{
    /// <summary>What to do with encrypted entries. With <see cref="MaskTreatment.Zeroed"/> a token whose row is
    /// encrypted counts as absent; left out, it remains possible.</summary>
    public MaskTreatment Treatment { get; init; } = MaskTreatment.LeftOut;

    /// <summary>L-BFGS steps at most.</summary>
    public int MaxIterations { get; init; } = 200;

    /// <summary>Rounds of improving the discrete text, each trying every change of one token, every swap of
    /// two and every shift by a place.</summary>
    public int MaxRounds { get; init; } = 20;
}
