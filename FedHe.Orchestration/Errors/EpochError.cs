namespace FedHe.Orchestration.Errors;

/// <summary>An epoch error names the one reason why the plan or the certificate of an epoch was refused.</summary>
public enum EpochError
{
    /// <summary>The bytes are not a well-formed plan or certificate.</summary>
    Malformed = 1,

    /// <summary>The job has no committee, so its roster and its keys are those of its description.</summary>
    NoCommittee,

    /// <summary>The plan is of another job, or the authority is not the job's.</summary>
    AnotherJob,

    /// <summary>The plan is not signed by the authority that the job names.</summary>
    Forged,

    /// <summary>The plan is not of the epoch that comes next.</summary>
    WrongNumber,

    /// <summary>The plan follows another epoch than the one that it would follow here.</summary>
    OtherEpoch,

    /// <summary>The members, their successors or the terms of the committee are not those that follow from the epoch before.</summary>
    WrongCommittee,

    /// <summary>The roster has fewer clients that may be members than the committee has members.</summary>
    TooFewMembers,

    /// <summary>
    /// Fewer clients of the epoch before remain than a round needs. New clients have no model to train from before the first sum.
    /// </summary>
    TooFewClients,

    /// <summary>The roster is longer than a plan may have.</summary>
    TooManyClients,

    /// <summary>
    /// The roster has another key of a client that stays, or gives a client the key of another party. A client with a new key needs a new
    /// name.
    /// </summary>
    ChangedKey,

    /// <summary>The plan keeps the group key of the epoch before, which clients that leave have.</summary>
    SameGroupKey,

    /// <summary>
    /// The epoch begins before the first sum of the epoch before it, or after the last round of the job.
    /// </summary>
    WrongRound,

    /// <summary>Too few members of the epoch before signed the certificate, or a signature in it is wrong.</summary>
    TooFewVotes,

    /// <summary>
    /// The job's updates are differences, which are added to the model of the round before: clients that join would have none, and no key of the
    /// sums that led to it. Such a job has one epoch.
    /// </summary>
    OfDifferences,

    /// <summary>Too few administrators of the authority have approved the plan.</summary>
    NotApproved,

    /// <summary>The roster has a client with the key of an administrator of the authority, who would approve what the client asks for.</summary>
    AdministratorKey,
}
