using FedHe.Crypto.Errors;

namespace FedHe.Orchestration.Errors;

/// <summary>The exception for a plan or a certificate of an epoch that is refused, for the given <see cref="Error"/>.</summary>
public sealed class EpochRefusedException : HeException
{
    /// <summary>Creates the exception for a reason.</summary>
    /// <param name="error">The reason.</param>
    public EpochRefusedException(EpochError error)
        : base(Describe(error)) => Error = error;

    /// <summary>The reason why the plan or the certificate was refused.</summary>
    public EpochError Error { get; }

    private static string Describe(EpochError error) => error switch
    {
        EpochError.Malformed => "These bytes are no plan or certificate of an epoch of the job. Pass the bytes that the authority or the server wrote.",
        EpochError.NoCommittee => "The job has no committee, so it has one epoch. Describe a new job to change its roster or its keys.",
        EpochError.AnotherJob => "The plan, or the authority that shall make it, belongs to another job. Take those of this job.",
        EpochError.Forged => "The plan is not signed by the authority that the job names. Take it from the authority.",
        EpochError.WrongNumber => "The plan is not of the next epoch. Plan the epoch after the current one, and pass certificates in their order.",
        EpochError.OtherEpoch => "The plan follows another epoch than the current one. Plan the epoch again, from the certificate of the current one.",
        EpochError.WrongCommittee => "The committee of the plan does not follow from the one before. The order of succession names its members, and nobody else.",
        EpochError.TooFewMembers => "The roster has too few clients for the committee. Keep more clients on it, or retire fewer.",
        EpochError.TooFewClients => "Too few clients remain for a round, and new ones cannot train before its sum. Keep as many as the quorum.",
        EpochError.TooManyClients => "The roster has more clients than an epoch may have.",
        EpochError.ChangedKey => "The roster has another key for a client that stays, or a key of another party. Give a client with a new key a new name.",
        EpochError.SameGroupKey => "The plan keeps the group key of the epoch before, which clients that leave have. Let the authority plan the epoch.",
        EpochError.WrongRound => "The epoch begins before a sum of the epoch before it, or after the job's last round.",
        EpochError.OfDifferences => "The job's updates are differences, and clients that join would lack the model that they are added to. Describe a new job.",
        EpochError.NotApproved => "Too few administrators of the authority have approved the plan. Have its draft approved before it is signed.",
        EpochError.AdministratorKey => "The roster has a client with the key of an administrator, who would approve what the client asks for. Give the client a key of its own.",
        _ => "Too few members of the epoch before signed the certificate, or a signature in it is wrong.",
    };
}
