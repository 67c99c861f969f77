namespace FedHe.Hosting.Epochs;

/// <summary>An epoch request error says why an operator's request plans no epoch.</summary>
/// <remarks>The faults of a plan itself are <see cref="Orchestration.Errors.EpochError"/>s.</remarks>
internal enum EpochRequestError
{
    /// <summary>The file is no request.</summary>
    Malformed = 1,

    /// <summary>The request is not of the epoch that comes next.</summary>
    WrongNumber,

    /// <summary>A name cannot be one of a client.</summary>
    ImpossibleName,

    /// <summary>A client is named twice: it joins, leaves, or is retired.</summary>
    NameTwice,

    /// <summary>A client that is to join is on the roster.</summary>
    AlreadyOnTheRoster,

    /// <summary>A client that is to leave or to be retired is not on the roster.</summary>
    NotOnTheRoster,

    /// <summary>The card of a client that is to join has not come.</summary>
    CardMissing,

    /// <summary>The request does not say which fingerprint was compared.</summary>
    FingerprintMissing,

    /// <summary>The card has another fingerprint than the one that was compared.</summary>
    OtherFingerprint,

    /// <summary>Two clients have the same key, or no client remains.</summary>
    RosterImpossible,

    /// <summary>Another plan of the epoch is open.</summary>
    AnotherPlanIsOpen,
}
