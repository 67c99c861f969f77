namespace FedHe.Orchestration.Server;

/// <summary>A phase in the life of a job, as its server sees it. Numbers are part of the format of saved states.</summary>
public enum ServerPhase
{
    /// <summary>Not started yet; clients may announce themselves.</summary>
    NotStarted = 0,

    /// <summary>Waiting for enough clients to begin a round.</summary>
    WaitingForClients = 1,

    /// <summary>A round is open for uploads.</summary>
    Collecting = 2,

    /// <summary>The job has ended.</summary>
    Ended = 3,
}
