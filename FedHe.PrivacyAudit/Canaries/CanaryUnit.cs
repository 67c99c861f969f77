namespace FedHe.PrivacyAudit.Canaries;

/// <summary>A canary unit is what one canary stands for, and so whose privacy an audit measures.</summary>
public enum CanaryUnit
{
    /// <summary>One record of a party's data.</summary>
    Record,

    /// <summary>All data of one client, as its update.</summary>
    Client,
}
