namespace FedHe.PrivacyAudit.Attacks;

/// <summary>An attacker's treatment of the encrypted entries of a gradient.</summary>
public enum MaskTreatment
{
    /// <summary>
    /// The attacker takes encrypted entries for zeros and tries to match these zeros, misled by its own observation.
    /// </summary>
    /// <remarks>Published experiments on selective encryption zero the victim's gradient this way.</remarks>
    Zeroed,

    /// <summary>The attacker leaves encrypted entries out of its loss, which makes the stronger attack.</summary>
    LeftOut,
}
