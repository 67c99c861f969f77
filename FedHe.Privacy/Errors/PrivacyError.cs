namespace FedHe.Privacy.Errors;

/// <summary>The reasons why a claim, a mechanism or a stored ledger is refused.</summary>
public enum PrivacyError
{
    /// <summary>No unit of privacy is named, or an unknown one.</summary>
    UnitMissing = 1,

    /// <summary>The unit is a record, and the form of local training is not named; or a form is named for clients.</summary>
    RecordFormMismatch = 2,

    /// <summary>Epsilon is not a positive finite number.</summary>
    EpsilonOutOfRange = 3,

    /// <summary>Delta does not lie strictly between 0 and 1, or is 0 where the mechanism needs one.</summary>
    DeltaOutOfRange = 4,

    /// <summary>The clipping bound is not a positive finite number.</summary>
    ClipOutOfRange = 5,

    /// <summary>A sensitivity is not a positive finite number.</summary>
    SensitivityOutOfRange = 6,

    /// <summary>The noise is smaller or larger than the sampler can draw.</summary>
    NoiseOutOfRange = 7,

    /// <summary>A mechanism or formula is used outside of the range in which its theorem holds.</summary>
    TheoremDoesNotApply = 8,

    /// <summary>The number of parties, dropouts or colluders is not possible.</summary>
    PartiesOutOfRange = 9,

    /// <summary>Fewer parties contributed than the noise was planned for.</summary>
    TooFewContributors = 10,

    /// <summary>A probability does not lie in its range.</summary>
    ProbabilityOutOfRange = 11,

    /// <summary>An amplification is claimed without a statement against whom.</summary>
    NoAmplification = 12,

    /// <summary>An accountant cannot describe a release of this kind.</summary>
    ReleaseNotSupported = 13,

    /// <summary>The releases would cost more than the budget.</summary>
    BudgetExceeded = 14,

    /// <summary>A client uses another clipping bound than the job.</summary>
    ClipDiffers = 15,

    /// <summary>A value to be clipped or rounded is not a finite number.</summary>
    NotFinite = 16,

    /// <summary>The dimension, length or number of layers does not fit.</summary>
    WrongLength = 17,

    /// <summary>A rounded value or its noise does not fit the integers that carry it.</summary>
    RangeTooSmall = 18,

    /// <summary>A release order, a number of rounds or a participation pattern is not possible.</summary>
    ScheduleOutOfRange = 19,

    /// <summary>A party contributes again before the minimum separation has passed, or more often than planned.</summary>
    ParticipationRefused = 20,

    /// <summary>Stored bytes are no ledger of this version, or are damaged.</summary>
    MalformedLedger = 21,

    /// <summary>The ledger has as many entries as a stored one may have.</summary>
    LedgerFull = 22,

    /// <summary>Stored bytes are no saved state of this kind and version, or are damaged.</summary>
    MalformedState = 23,

    /// <summary>A saved state belongs to another plan or schedule.</summary>
    StateOfAnotherPlan = 24,

    /// <summary>A saved state is older than the newest one, or has missed a round.</summary>
    OutdatedState = 25,

    /// <summary>The protector does not open a saved state.</summary>
    StateNotOpened = 26,

    /// <summary>A guard has as many units as a saved one may have.</summary>
    GuardFull = 27,

    /// <summary>Integers are no coefficients of correlated noise, or no finite noise protects a sequence with them.</summary>
    CorrelationOutOfRange = 28,
}
