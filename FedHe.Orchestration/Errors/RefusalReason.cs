namespace FedHe.Orchestration.Errors;

/// <summary>
/// The reasons why a server refused a message, which then changed nothing. The numeric values are part of the wire
/// format.
/// </summary>
public enum RefusalReason
{
    /// <summary>The message was accepted.</summary>
    None = 0,

    /// <summary>The bytes are not a well-formed message.</summary>
    Malformed = 1,

    /// <summary>The message is longer than the server accepts.</summary>
    TooLarge = 2,

    /// <summary>The message belongs to other parameters.</summary>
    WrongParameters = 3,

    /// <summary>The message belongs to another job, or its sender has another description of this job.</summary>
    WrongJob = 4,

    /// <summary>Servers do not take messages of this kind.</summary>
    UnexpectedMessage = 5,

    /// <summary>The client is not on the roster.</summary>
    UnknownClient = 6,

    /// <summary>The message is not signed by the client that it names.</summary>
    BadSignature = 7,

    /// <summary>The job has not started, or it has ended.</summary>
    NotRunning = 8,

    /// <summary>The upload is for a round that has not begun, or the requested aggregate does not exist.</summary>
    WrongRound = 9,

    /// <summary>The upload is for another attempt at the current round.</summary>
    WrongAttempt = 10,

    /// <summary>The upload's round is closed.</summary>
    TooLate = 11,

    /// <summary>The client was not invited to the round.</summary>
    NotSelected = 12,

    /// <summary>Another upload of the client was accepted for the same round and attempt.</summary>
    ConflictingDuplicate = 13,

    /// <summary>The update was made for another slot (job, round, attempt, client) than the message that carries it.</summary>
    WrongSlot = 14,

    /// <summary>The update was made under another layout, mask or weighting.</summary>
    WrongTerms = 15,

    /// <summary>The update is encrypted under another key than the job's.</summary>
    WrongKey = 16,

    /// <summary>A field of the update, such as its declared bound or weight, is outside its range or not a number.</summary>
    OutOfRange = 17,

    /// <summary>The aggregate might overflow if the update were folded in.</summary>
    OverCapacity = 18,

    /// <summary>The client agreed upon a mask that differs from the job's mask.</summary>
    WrongMask = 19,

    /// <summary>The upload was trained from another model than the current one.</summary>
    WrongBaseModel = 20,

    /// <summary>The upload's weight differs from the weight that the client announced.</summary>
    WrongWeight = 21,

    /// <summary>The upload repeats the nonce or a seed of an earlier one: the client's randomness is not fresh.</summary>
    RepeatedNonce = 22,

    /// <summary>
    /// The server was resumed from a state that is older than what it has told clients, and has stopped. Its operator must
    /// resume the newest state.
    /// </summary>
    Superseded = 23,

    /// <summary>
    /// The client has asked for the aggregate of the round too often, or this very request was answered before. Announce the
    /// client again, or ask for the next round's.
    /// </summary>
    TooManyRequests = 24,

    /// <summary>
    /// The client is excluded from the job, because its tags made an attempt void or it did not answer an inspection. The server's
    /// operator can readmit it.
    /// </summary>
    Excluded = 25,

    /// <summary>The showing or the verdict belongs to no inspection that is running, or the server did not ask this client for it.</summary>
    NotInspected = 26,

    /// <summary>The client's signature under its contribution for the committee is not right.</summary>
    BadSeal = 27,

    /// <summary>The client is no member of the committee, or its key is none of the job's key exchange.</summary>
    NotAMember = 28,

    /// <summary>
    /// The message is of another epoch than the server's, or its client is on the roster of an earlier epoch only. The server sends the
    /// certificate that the client lacks.
    /// </summary>
    OtherEpoch = 29,

    /// <summary>
    /// An upload of another client is in the server's sum in part, because its process ended, and must come first. The client keeps its upload, and sends the same bytes when the server invites
    /// it again.
    /// </summary>
    OutOfTurn = 30,
}
