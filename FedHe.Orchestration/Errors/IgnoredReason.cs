namespace FedHe.Orchestration.Errors;

/// <summary>The reasons why a client ignored a message.</summary>
public enum IgnoredReason
{
    /// <summary>The bytes are not a well-formed message of the job's parameters.</summary>
    Malformed = 1,

    /// <summary>Clients do not take messages of this kind.</summary>
    UnexpectedMessage,

    /// <summary>The message belongs to another job or to another client.</summary>
    NotForThisClient,

    /// <summary>
    /// The message is a repetition, or belongs to a round or attempt that is over or that the job does not have.
    /// </summary>
    Outdated,

    /// <summary>The invitation starts from a model that differs from the client's model for that round.</summary>
    WrongBaseModel,

    /// <summary>The aggregate cannot be read, belongs to another job or round, or does not decrypt under the job's key.</summary>
    BadAggregate,

    /// <summary>The aggregate has fewer contributors than the job demands, so the client does not decrypt it.</summary>
    TooFewContributors,
}
