using System.Globalization;
using FedHe.Crypto.Errors;

namespace FedHe.Orchestration.Errors;

/// <summary>The exception for privacy terms, or a client under them, that are refused for the given <see cref="Error"/>.</summary>
public sealed class PrivacyRefusedException : HeException
{
    /// <summary>Creates the exception for a reason.</summary>
    /// <param name="error">The reason.</param>
    /// <param name="needed">The number to write instead, at least 0, or null where there is not one alone.</param>
    /// <param name="innerException">The cause, or null.</param>
    public PrivacyRefusedException(PrivacyRefusal error, int? needed = null, Exception? innerException = null)
        : base(needed is null ? Describe(error) : string.Create(CultureInfo.InvariantCulture, $"{Describe(error)} Write {needed} as the number of {WhatIsNeeded(error)}."), innerException)
        => (Error, Needed) = (error, needed);

    /// <summary>The reason for the refusal.</summary>
    public PrivacyRefusal Error { get; }

    /// <summary>The number to write instead, or null where there is not one alone.</summary>
    public int? Needed { get; }

    private static string WhatIsNeeded(PrivacyRefusal error) => error switch
    {
        PrivacyRefusal.OtherContributors or PrivacyRefusal.OtherRoster => "contributors",
        PrivacyRefusal.QuorumTooSmall => "dropouts",
        _ => "colluders",
    };

    private static string Describe(PrivacyRefusal error) => error switch
    {
        PrivacyRefusal.UnitMissing => "Name the unit of privacy. An epsilon without its unit says nothing.",
        PrivacyRefusal.EpsilonOutOfRange => "Epsilon must be a positive finite number. State the one that was promised.",
        PrivacyRefusal.DeltaOutOfRange => "Delta must lie strictly between 0 and 1. Choose one far below 1 / (number of clients).",
        PrivacyRefusal.ClipOutOfRange => "The clipping bound must be a positive normal number, and with an adaptive clip stay one, as the step must, 2^40 times smaller and larger. Without one no noise protects anybody.",
        PrivacyRefusal.MechanismMissing => "Name the kind of noise.",
        PrivacyRefusal.VarianceOutOfRange => "The variance of the noise must be a finite number of at least one squared unit of the integers.",
        PrivacyRefusal.RetryProbabilityOutOfRange => "The probability of rounding anew must lie in [0, 0.9]. exp(-1/2) is usual, and 0 drops nothing.",
        PrivacyRefusal.PartiesOutOfRange =>
            "State contributors, dropouts and colluders. At least one contributor must be left whose noise counts, after those that may drop out and those that may collude; and every contributor that sees the average knows its own share and so counts as a colluder, of whom there is at least one.",
        PrivacyRefusal.NotDifferences => "A claim of privacy needs UpdateKind.Difference: what a client contributes is bounded by clipping its difference.",
        PrivacyRefusal.NotIntegers => "A claim of privacy needs integer terms: rounded and noised integers must travel exactly as they are.",
        PrivacyRefusal.WeightsNotOne =>
            "A claim of privacy needs weights in clear and a largest weight of 1. Other weights depend on a client's records, and no noise covers them; in local training PrivacyTerms.NoisedCount adds it.",
        PrivacyRefusal.ValuesInClear =>
            "A claim of privacy needs a mask that encrypts every value, or PrivacyTerms.PublicMask: a mask must not depend on anybody's data, and where noise is shared, values in clear must carry the whole of it.",
        PrivacyRefusal.NotUnderRoundKeys => "A claim of privacy needs round keys. In the direct mode whoever has the job's key opens single uploads, which carry one share of the noise.",
        PrivacyRefusal.OtherContributors => "The settings must invite as many clients per round as the noise was planned for.",
        PrivacyRefusal.QuorumTooSmall =>
            "The job lets more clients drop out than its noise was planned for: raise quorum and minimum of contributors, or plan for as many dropouts as they permit. A sum of fewer carries too little noise.",
        PrivacyRefusal.TooManyColluders =>
            "So many colluding clients could be members enough to open two sums of a round. Plan for at most as many colluders as members may break the protocol.",
        PrivacyRefusal.MaskAgreement => "A job that agrees upon a mask has no privacy terms. Encrypt every value, and agree upon nothing.",
        PrivacyRefusal.NoProvider =>
            "The job has privacy terms, and this client's setup has no privacy provider. Give it one, such as ClientPrivacy of FedHe.Privacy.Federation; an update without noise is never sent.",
        PrivacyRefusal.RangeTooSmall => "The bound of the integers leaves no room for a clipped difference and its noise. Choose a larger bound or a larger step.",
        PrivacyRefusal.FormMissing =>
            "Records are protected in two forms, and the terms must name one: PrivacyTerms.ForGradients for noise that clients share, PrivacyTerms.ForLocalTraining for the whole noise of each client.",
        PrivacyRefusal.GridOutOfRange => "The grid of gradients must have 2^8 to 2^20 units a clip norm. State the logarithm.",
        PrivacyRefusal.StepsOutOfRange =>
            "State a sampling rate above 0 and at most 1, and at least one step. A sum of gradients is one step with all records, so both are 1 there.",
        PrivacyRefusal.TooFewColluders =>
            "Plan for at least as many colluders as the job lets members of its committee, or dishonest clients, break the protocol, and as this client reckons with. Each of them may tell its noise.",
        PrivacyRefusal.SecrecyMissing =>
            "The job samples records, which amplifies privacy only against those who do not learn the sample. Give the provider a SamplingSecrecy that says against whom, or take part in a job with the sampling rate 1.",
        PrivacyRefusal.OtherForm => "The provider promises for another unit or form than the job. Use ClientPrivacy for clients and RecordPrivacy, with the form of the job, for records.",
        PrivacyRefusal.GradientsMissing =>
            "The job adds up clipped gradients of records, and the trainer returned none on the model's layout. Return LocalTrainingResult.Gradient, and nothing is sent without it.",
        PrivacyRefusal.TrainingMissing =>
            "The job trains by local DP-SGD, and the trainer did not say how it trained. Return LocalTrainingResult.Training; a model of unknown noise is never sent.",
        PrivacyRefusal.OtherClip => "The trainer clipped gradients at another norm, or on another grid, than the job's terms, so that the noise does not cover them. Clip as TrainingTask.Privacy says.",
        PrivacyRefusal.OtherTraining =>
            "The training differs from the one that the job charges for, in its noise, its sampling or its steps. Train as TrainingTask.Privacy says; this model is never sent.",
        PrivacyRefusal.PartForClientsOnly => "Rotation, adaptive clips and masks beside shares of noise are for terms that protect clients. Gradients of records have one clip and a grid of their own: leave these parts out.",
        PrivacyRefusal.TailOutOfRange =>
            "State the probability that any rotated coordinate of a difference is moved into its range, above 0 and at most 0.01; 2^-40 is usual, and costs next to no bits.",
        PrivacyRefusal.RotationTooLong => "A rotation mixes all values of a model, and serves up to 2^30 of them. Leave the rotation out.",
        PrivacyRefusal.MaskFromSensitivities =>
            "A mask that is chosen by sensitivities tells something of the data that they were computed from, which nothing pays for. Choose the mask at random or by layers.",
        PrivacyRefusal.OtherMask => "The job's mask must be the one that the rule of its privacy terms selects, and leave values in clear: use PublicMaskTerms.MaskOf. Without values in clear leave the rule out.",
        PrivacyRefusal.ClearOutOfRange => "Integers in clear travel exactly up to a bound of 2^30. Choose a smaller bound, with a larger step.",
        PrivacyRefusal.RotationUnderMask => "A rotation mixes all values, so that a mask cannot tell some of them from the others. Choose one of the two.",
        PrivacyRefusal.NotForObservers =>
            "An observer has no privacy provider, and cannot read sums of rotated or adaptively clipped differences. Leave out the observer or that part of the terms; every client has the average.",
        PrivacyRefusal.AdaptiveClipOutOfRange =>
            "State a quantile strictly between 0 and 1, a rate above 0 and at most 16, and a variance of the bits of at least 1 for each contributor that neither drops out nor colludes.",
        PrivacyRefusal.SequenceOutOfRange => "State the rounds of a sequence, 1 to 10,000, and the attempts at a round that go on with it, 1 to 64.",
        PrivacyRefusal.ParticipationsOutOfRange =>
            "State the separation of two participations, from 1 to the rounds of a sequence, and as participations the rounds divided by it and rounded up: the parts of a job take turns.",
        PrivacyRefusal.CoefficientsOutOfRange =>
            "State the coefficients of correlated noise: at most one for each round of a sequence, the first their denominator, a power of two from 2 to 2^18, none larger, and the last not 0.",
        PrivacyRefusal.CorrelationNotShared =>
            "Noise is correlated over rounds in sums of all clients. In local training every step carries the whole noise of one client: leave the correlation out, or add gradients up.",
        PrivacyRefusal.CorrelationNotGaussian => "Noise that is correlated over rounds must be discrete Gaussian. What is proven of sequences holds for no other.",
        PrivacyRefusal.OtherRoster =>
            "Correlated noise needs the same clients in every round, and so a roster of exactly those that it was planned for.",
        PrivacyRefusal.OtherPart =>
            "The trainer did not say that it used the records of this round and no others. Use those of TrainingTask.Part and return it in LocalTrainingResult.Gradient; this sum is never sent.",
        PrivacyRefusal.PartBesideCorrelation =>
            "Noise that is correlated over rounds is accounted for on one grid, in every value of every sum. Leave out rotation, mask and adaptive clip, or the correlation.",
        PrivacyRefusal.NoisedCountOutOfRange => "State the variance of the noise of a count of records, in squared records, from 1 to 2^40.",
        PrivacyRefusal.NoisedCountNotLocal =>
            "Noised counts are weights of local training. A sum of gradients counts every record once without them, and clients as units weigh 1: leave the noised counts out.",
        PrivacyRefusal.NoisedCountNotWeight =>
            "Noised counts are paid for, and this job has no use for them: let weights be in clear and the largest weight be above 1, or leave the noised counts out.",
        PrivacyRefusal.NoisedCountNotSaved =>
            "The client has drawn a noised count of its records that is in no saved state yet. Save the state before announcing the client: one that begins again without it would draw and tell a second count, which nobody charges.",
        _ => "The first round alone would exceed the budget. Add noise, or promise less.",
    };
}
