namespace FedHe.Orchestration.Server;

/// <summary>
/// A phase in the life of a job, as its server sees it. The numeric values are part of the format of saved states.
/// </summary>
public enum ServerPhase
{
    /// <summary>The job has not started; clients may announce themselves.</summary>
    NotStarted = 0,

    /// <summary>The server waits for enough clients to begin a round.</summary>
    WaitingForClients = 1,

    /// <summary>A round is open for uploads.</summary>
    Collecting = 2,

    /// <summary>The job has ended.</summary>
    Ended = 3,

    /// <summary>
    /// The server has stopped, because a client proved that a newer state of it exists. Resume that state; this one is never
    /// saved again.
    /// </summary>
    Superseded = 4,

    /// <summary>
    /// An attempt is void because of wrong tags, and clients find out whose they are; or clients check the round keys of an attempt before
    /// they get its values.
    /// </summary>
    Inspecting = 5,

    /// <summary>The committee opens the boxes of an attempt, and then answers for its list.</summary>
    Opening = 6,

    /// <summary>The committee votes for the next epoch, before the next round begins.</summary>
    Renewing = 7,
}
