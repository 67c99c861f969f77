namespace FedHe.PrivacyAudit.Attacks;

/// <summary>The source from which an attack takes the sample's class.</summary>
public enum LabelKnowledge
{
    /// <summary>The attack treats the class as a second unknown and finds it together with the picture, as DLG does.</summary>
    Optimized,

    /// <summary>The attack first reads the class from the signs of the last layer's gradient, as iDLG does.</summary>
    Inferred,
}
