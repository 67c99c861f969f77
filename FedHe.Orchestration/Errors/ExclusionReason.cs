namespace FedHe.Orchestration.Errors;

/// <summary>The reasons why a server excluded a client from a job. The numeric values are part of the format of saved states.</summary>
public enum ExclusionReason
{
    /// <summary>Most of the clients that checked say that the tags of its update are wrong.</summary>
    WrongValueTags = 1,

    /// <summary>Most of the clients that checked say that the tags of its round key are wrong, or that it is no round key.</summary>
    WrongKeyTags = 2,

    /// <summary>The client showed something else than it had uploaded.</summary>
    ShowedOther = 3,

    /// <summary>The client did not show what it had uploaded, most others did, and nobody was found to have spoiled the attempt.</summary>
    ShowedNothing = 4,
}
