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

    /// <summary>Repeat the round, or give the job up.</summary>
    Repeat,
}
