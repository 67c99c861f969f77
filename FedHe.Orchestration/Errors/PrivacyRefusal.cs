namespace FedHe.Orchestration.Errors;

/// <summary>A privacy refusal names the one reason why the privacy terms of a job, or a client under them, are refused.</summary>
public enum PrivacyRefusal
{
    /// <summary>No protected unit is named, or an unknown one.</summary>
    UnitMissing = 1,

    /// <summary>Epsilon is missing, or not a positive finite number.</summary>
    EpsilonOutOfRange,

    /// <summary>Delta is missing, or not strictly between 0 and 1.</summary>
    DeltaOutOfRange,

    /// <summary>The clipping bound is missing, or not a positive normal number; beside an adaptive clip, not one that stays normal wherever the clip moves.</summary>
    ClipOutOfRange,

    /// <summary>No mechanism is named, or an unknown one.</summary>
    MechanismMissing,

    /// <summary>The variance of the noise is missing, or not a finite number of at least 1.</summary>
    VarianceOutOfRange,

    /// <summary>The probability of rounding anew is missing, or not in [0, 0.9].</summary>
    RetryProbabilityOutOfRange,

    /// <summary>The contributors, dropouts or colluders are missing, leave nobody whose noise counts, or reckon with no colluder.</summary>
    PartiesOutOfRange,

    /// <summary>The updates are models and no differences, so nothing bounds what a client contributes.</summary>
    NotDifferences,

    /// <summary>The updates are real numbers, whose rounding no accountant knows.</summary>
    NotIntegers,

    /// <summary>Weights are hidden or above 1, and tell of a client's records what is not paid for.</summary>
    WeightsNotOne,

    /// <summary>The mask leaves values in clear, and the terms name no public rule of it by which these carry all of the noise.</summary>
    ValuesInClear,

    /// <summary>The job is in the direct mode, in which every client can open every upload.</summary>
    NotUnderRoundKeys,

    /// <summary>A round asks another number of clients than the noise was planned for.</summary>
    OtherContributors,

    /// <summary>A round may be closed, or opened, with fewer contributors than the noise was planned for.</summary>
    QuorumTooSmall,

    /// <summary>More contributors may collude than members of the committee may break the protocol.</summary>
    TooManyColluders,

    /// <summary>The job agrees upon a mask, and sensitivity maps have no privacy terms.</summary>
    MaskAgreement,

    /// <summary>The setup of the client has no privacy provider, so the client cannot clip, add noise or account.</summary>
    NoProvider,

    /// <summary>The bound of the integers leaves no room for a clipped difference and its noise.</summary>
    RangeTooSmall,

    /// <summary>The first round alone would exceed the budget.</summary>
    BudgetTooSmall,

    /// <summary>Records are named as the unit, and not by whose noise they are hidden.</summary>
    FormMissing,

    /// <summary>The grid of gradients is missing, or has not 2^8 to 2^20 units a clip norm.</summary>
    GridOutOfRange,

    /// <summary>The sampling rate or the steps of a training are missing or out of range, or belong to another form.</summary>
    StepsOutOfRange,

    /// <summary>Fewer contributors are planned to collude than others of the job's terms, or the client, reckon with.</summary>
    TooFewColluders,

    /// <summary>Records are sampled, and the client has not said from whom it keeps its sample secret.</summary>
    SecrecyMissing,

    /// <summary>The provider protects another unit, or by another form, than the job's terms.</summary>
    OtherForm,

    /// <summary>The trainer returned no sum of clipped gradients.</summary>
    GradientsMissing,

    /// <summary>The trainer did not say how it trained on records.</summary>
    TrainingMissing,

    /// <summary>The trainer clipped at another norm, or on another grid, than the job's terms.</summary>
    OtherClip,

    /// <summary>The trainer added other noise, sampled otherwise or took another number of steps than the job's terms charge for.</summary>
    OtherTraining,

    /// <summary>A part of the terms is for clients, and the terms protect records.</summary>
    PartForClientsOnly,

    /// <summary>The probability that a rotated coordinate leaves its range is missing, or not above 0 and at most 0.01.</summary>
    TailOutOfRange,

    /// <summary>The model has more values than can be rotated at once.</summary>
    RotationTooLong,

    /// <summary>A mask is chosen by sensitivities, which are computed from private data and paid for by nothing.</summary>
    MaskFromSensitivities,

    /// <summary>The job's mask is not the one that its public rule selects, or leaves nothing in clear.</summary>
    OtherMask,

    /// <summary>The bound of the integers is above 2^30, and integers in clear would not travel exactly.</summary>
    ClearOutOfRange,

    /// <summary>The terms have a rotation, which mixes all values, and a mask that tells them apart.</summary>
    RotationUnderMask,

    /// <summary>The quantile, the rate or the variance of the bits of an adaptive clip is missing or out of range.</summary>
    AdaptiveClipOutOfRange,

    /// <summary>The committee has an observer, which has no privacy provider to read sums of rotated or adaptively clipped differences with.</summary>
    NotForObservers,

    /// <summary>The rounds of a sequence of correlated noise, or the attempts that go on with it, are missing or out of range.</summary>
    SequenceOutOfRange,

    /// <summary>The separation or the participations of a unit are missing or out of range, or the participations do not follow from the rounds and the separation.</summary>
    ParticipationsOutOfRange,

    /// <summary>The coefficients of correlated noise are missing, or not integers over a denominator that is a power of two.</summary>
    CoefficientsOutOfRange,

    /// <summary>Noise is correlated over rounds where each client adds the whole noise in every step.</summary>
    CorrelationNotShared,

    /// <summary>Noise that is correlated over rounds is not discrete Gaussian.</summary>
    CorrelationNotGaussian,

    /// <summary>The roster has other clients than those that correlated noise was planned for.</summary>
    OtherRoster,

    /// <summary>The trainer used other records than those whose round it is.</summary>
    OtherPart,

    /// <summary>The terms have noise that is correlated over rounds, and a rotation, a mask or an adaptive clip beside it.</summary>
    PartBesideCorrelation,

    /// <summary>The variance of noised counts is missing, or not a number from 1 to 2^40.</summary>
    NoisedCountOutOfRange,

    /// <summary>The terms noise counts of records, and are for clients or for sums of gradients, whose weights are 1.</summary>
    NoisedCountNotLocal,

    /// <summary>The terms noise counts of records, and weights are hidden or at most 1, so that no count is used.</summary>
    NoisedCountNotWeight,

    /// <summary>The client has not saved the noised count that it would announce.</summary>
    NoisedCountNotSaved,
}
