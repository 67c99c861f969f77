using FedHe.Crypto.Errors;

namespace FedHe.Orchestration.Errors;

/// <summary>The exception for privacy terms, or a client under them, that are refused for the given <see cref="Error"/>.</summary>
public sealed class PrivacyRefusedException : HeException
{
    /// <summary>Creates the exception for a reason.</summary>
    /// <param name="error">The reason.</param>
    /// <param name="innerException">The cause, or null.</param>
    public PrivacyRefusedException(PrivacyRefusal error, Exception? innerException = null)
        : base(Describe(error), innerException) => Error = error;

    /// <summary>The reason for the refusal.</summary>
    public PrivacyRefusal Error { get; }

    private static string Describe(PrivacyRefusal error) => error switch
    {
        PrivacyRefusal.UnitMissing => "Name the unit of privacy. An epsilon without its unit says nothing.",
        PrivacyRefusal.EpsilonOutOfRange => "Epsilon must be a positive finite number. State the one that was promised.",
        PrivacyRefusal.DeltaOutOfRange => "Delta must lie strictly between 0 and 1. Choose one far below 1 / (number of clients).",
        PrivacyRefusal.ClipOutOfRange => "The clipping bound must be a positive normal number. Without one no noise protects anybody.",
        PrivacyRefusal.MechanismMissing => "Name the kind of noise.",
        PrivacyRefusal.VarianceOutOfRange => "The variance of the noise must be a finite number of at least one squared unit of the integers.",
        PrivacyRefusal.RetryProbabilityOutOfRange => "The probability of rounding anew must lie in [0, 0.9]. exp(-1/2) is usual, and 0 drops nothing.",
        PrivacyRefusal.PartiesOutOfRange =>
            "State contributors, dropouts and colluders. At least one contributor must be left whose noise counts, after those that may drop out and those that may collude; and every contributor that sees the average knows its own share and so counts as a colluder, of whom there is at least one.",
        PrivacyRefusal.NotDifferences => "A claim of privacy needs UpdateKind.Difference: what a client contributes is bounded by clipping its difference.",
        PrivacyRefusal.NotIntegers => "A claim of privacy needs integer terms: rounded and noised integers must travel exactly as they are.",
        PrivacyRefusal.WeightsNotOne =>
            "A claim of privacy needs weights in clear and a largest weight of 1. Other weights depend on a client's records, and no noise covers them.",
        PrivacyRefusal.ValuesInClear => "A claim of privacy needs a mask that encrypts every value, because values in clear carry one share of the noise only.",
        PrivacyRefusal.NotUnderRoundKeys => "A claim of privacy needs round keys. In the direct mode whoever has the job's key opens single uploads, which carry one share of the noise.",
        PrivacyRefusal.OtherContributors => "The settings must invite as many clients per round as the noise was planned for.",
        PrivacyRefusal.QuorumTooSmall =>
            "Quorum and minimum of contributors must be at least the planned contributors less the dropouts. A sum of fewer carries too little noise.",
        PrivacyRefusal.TooManyColluders =>
            "So many colluding clients could be members enough to open two sums of a round. Plan for at most as many colluders as members may break the protocol.",
        PrivacyRefusal.MaskAgreement => "A job that agrees upon a mask has no privacy terms. Encrypt every value, and agree upon nothing.",
        PrivacyRefusal.NoProvider =>
            "The job has privacy terms, and this client's setup has no privacy provider. Give it one, such as ClientPrivacy of FedHe.Privacy.Federation; an update without noise is never sent.",
        PrivacyRefusal.RangeTooSmall => "The bound of the integers leaves no room for a clipped difference and its noise. Choose a larger bound or a larger step.",
        _ => "The first round alone would exceed the budget. Add noise, or promise less.",
    };
}
