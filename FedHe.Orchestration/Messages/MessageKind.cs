namespace FedHe.Orchestration.Messages;

/// <summary>The purpose of a message. The numeric values are part of the wire format.</summary>
public enum MessageKind
{
    /// <summary>A client asks the key authority for the keys.</summary>
    KeyRequest = 1,

    /// <summary>The key authority refuses a key request.</summary>
    KeyRefusal = 2,

    /// <summary>A client announces itself to the server.</summary>
    Announcement = 3,

    /// <summary>The server asks a client to train for a round.</summary>
    Invitation = 4,

    /// <summary>A client sends its encrypted update.</summary>
    Upload = 5,

    /// <summary>The server accepts or refuses a message.</summary>
    Acknowledgement = 6,

    /// <summary>The server sends the aggregate of a round.</summary>
    Aggregate = 7,

    /// <summary>A client that missed an aggregate asks for the latest one.</summary>
    AggregateRequest = 8,

    /// <summary>The server reports that the job has ended.</summary>
    Conclusion = 9,

    /// <summary>The key authority grants the keys of the job.</summary>
    KeyGrant = 10,

    /// <summary>A client confirms that it opened the sum of a round.</summary>
    Confirmation = 11,

    /// <summary>The server passes the clients' confirmations on.</summary>
    Confirmations = 12,

    /// <summary>The server sends the lists of contributors of rounds that a client missed.</summary>
    History = 13,

    /// <summary>A client objects to the sum of a round, which it cannot open.</summary>
    Objection = 14,

    /// <summary>The server asks a contributor of a void attempt to show one part of its upload.</summary>
    Inquiry = 15,

    /// <summary>A client shows one part of its upload for a void attempt.</summary>
    Showing = 16,

    /// <summary>The server asks a client to check the tags of a part that another client showed.</summary>
    CheckRequest = 17,

    /// <summary>A client says whether the tags of a part that another client showed are right.</summary>
    Verdict = 18,

    /// <summary>The server sends the sum of the round keys of an attempt, and holds its values back.</summary>
    KeySum = 19,

    /// <summary>A client approves a sum of round keys.</summary>
    KeyApproval = 20,

    /// <summary>The server asks a committee member for its key of a round.</summary>
    MemberKeyRequest = 21,

    /// <summary>A committee member publishes its key of a round.</summary>
    MemberKey = 22,

    /// <summary>The server brings a committee member the boxes of an attempt.</summary>
    BoxDelivery = 23,

    /// <summary>A committee member says whose boxes it could not open.</summary>
    BoxReport = 24,

    /// <summary>The server asks committee members to answer for a list of contributors.</summary>
    ListOffer = 25,

    /// <summary>A committee member sends its share of the sum of round keys on a list, sealed for the clients.</summary>
    ShareAnswer = 26,

    /// <summary>The server asks committee members to vote for the plan of the next epoch.</summary>
    EpochOffer = 27,

    /// <summary>A committee member votes for the next epoch.</summary>
    EpochVote = 28,

    /// <summary>The server sends the certificate of an epoch.</summary>
    Epoch = 29,
}
