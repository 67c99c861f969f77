namespace FedHe.Orchestration.Server;

/// <summary>A step in the life of a round; see <see cref="RoundRules"/>.</summary>
internal enum RoundStep
{
    /// <summary>No step is due.</summary>
    None,

    /// <summary>Open the attempt: invite clients and collect uploads.</summary>
    Open,

    /// <summary>Close the round: broadcast the aggregate, then go on to the next round or end the job.</summary>
    Close,

    /// <summary>Wait longer for clients or uploads, and keep what has arrived; or give the job up.</summary>
    Extend,

    /// <summary>Wait once more for the invited clients that can be reached, although there is a quorum.</summary>
    Grace,

    /// <summary>Repeat the round with its next attempt, or give the job up.</summary>
    Repeat,

    /// <summary>Broadcast an aggregate whose round keys clients have checked.</summary>
    Release,

    /// <summary>Take an attempt back whose round keys clients object to, and begin an inspection.</summary>
    TakeBack,

    /// <summary>Ask once more for what an inspection lacks.</summary>
    Remind,

    /// <summary>Ask the committee to answer for the list of an attempt.</summary>
    Offer,

    /// <summary>Wait a little for the other members of the committee, although enough have answered.</summary>
    AwaitAnswers,

    /// <summary>Broadcast an aggregate with the answers of the committee.</summary>
    Publish,

    /// <summary>Repeat the attempt without the clients whose boxes did not open.</summary>
    LeaveOut,

    /// <summary>Ask the committee to vote for the next epoch.</summary>
    OfferEpoch,

    /// <summary>Give the vote and the round up, because too many members have answered for a list and can never vote.</summary>
    PutEpochOff,

    /// <summary>Begin the next epoch.</summary>
    BeginEpoch,

    /// <summary>End an inspection, exclude whom it names, and wait for clients.</summary>
    Judge,
}
