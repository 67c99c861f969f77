namespace FedHe.Orchestration.Server;

/// <summary>What follows for a server from a message of its own that a client sent back.</summary>
internal enum ProofOutcome
{
    /// <summary>The server knows of the state that the message states.</summary>
    NothingNew,

    /// <summary>Something of the current attempt is lost, perhaps an upload that was acknowledged.</summary>
    LostInThisAttempt,

    /// <summary>The attempt or the round of the message is later than the current one, or another server goes on with the job.</summary>
    Superseded,
}
