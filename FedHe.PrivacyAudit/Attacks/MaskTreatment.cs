namespace FedHe.PrivacyAudit.Attacks;

/// <summary>What an attacker puts in place of the encrypted entries of a gradient.</summary>
public enum MaskTreatment
{
    /// <summary>Takes them for zero and tries to match those zeros too: an attacker misled by its own observation.
    /// Published experiments on selective encryption zero the victim's gradient this way.</summary>
    Zeroed,

    /// <summary>Leaves them out of the attack's loss: the stronger attacker, who knows what it does not know.</summary>
    LeftOut,
}
