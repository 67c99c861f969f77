namespace FedHe.Orchestration.Tests.Committee;

/// <summary>The phase of a round after which a party vanishes.</summary>
public enum LeavingPhase
{
    /// <summary>The party sends no key of the round.</summary>
    BeforeKeys,

    /// <summary>The party sends its key, and no upload.</summary>
    AfterKeys,

    /// <summary>The party contributes, and reports nothing of the boxes that it gets.</summary>
    AfterBoxes,

    /// <summary>The party reports, and does not get the offer.</summary>
    AfterReport,

    /// <summary>The party vanishes with the offer.</summary>
    AfterOffer,
}
