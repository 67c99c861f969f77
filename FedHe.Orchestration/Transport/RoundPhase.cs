namespace FedHe.Orchestration.Transport;

/// <summary>The kind of a step in a round, for a host to show.</summary>
public enum RoundPhase
{
    /// <summary>The server invited a client.</summary>
    Invited = 1,

    /// <summary>A client is training; reported with the finished share.</summary>
    Training,

    /// <summary>A client finished training.</summary>
    Trained,

    /// <summary>A client encrypted its update.</summary>
    Encrypted,

    /// <summary>A client failed: its trainer threw, or its update could not be encrypted.</summary>
    DroppedOut,

    /// <summary>The server closed the round with an aggregate.</summary>
    Aggregated,

    /// <summary>The server closed the attempt without a quorum.</summary>
    QuorumMissed,

    /// <summary>A client decrypted the aggregate.</summary>
    Decrypted,

    /// <summary>A member of the committee opened its boxes, or answered for the list.</summary>
    Answered,
}
