namespace FedHe.Orchestration.Approvals;

/// <summary>An approval kind says what administrators approve. The numeric values are part of the wire format.</summary>
public enum ApprovalKind
{
    /// <summary>A client gets the key of an epoch.</summary>
    KeyGrant = 1,

    /// <summary>The authority signs the plan of an epoch.</summary>
    EpochPlan = 2,
}
