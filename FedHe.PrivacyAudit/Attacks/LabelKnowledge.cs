namespace FedHe.PrivacyAudit.Attacks;

/// <summary>Where an attack gets the sample's class from.</summary>
public enum LabelKnowledge
{
    /// <summary>A second unknown, found together with the picture: DLG.</summary>
    Optimized,

    /// <summary>Read from the signs of the last layer's gradient beforehand: iDLG.</summary>
    Inferred,
}
