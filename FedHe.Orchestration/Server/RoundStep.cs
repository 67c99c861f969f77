namespace FedHe.Orchestration.Server;

/// <summary>A step in the life of a round: see <see cref="RoundRules"/>.</summary>
internal enum RoundStep
{
    /// <summary>Nothing is to be done.</summary>
    None,

    /// <summary>Invite clients and collect uploads.</summary>
    Open,

    /// <summary>Broadcast the aggregate and go on to the next round, or end the job.</summary>
    Close,

    /// <summary>Try the round again, or give the job up.</summary>
    Repeat,
}
