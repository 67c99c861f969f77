namespace FedHe.Orchestration.Server.Inspections;

/// <summary>A shown outcome says what a client showed in an inspection. The numeric values are part of the format of saved states.</summary>
internal enum ShownOutcome : byte
{
    /// <summary>The client has shown nothing yet.</summary>
    Nothing = 0,

    /// <summary>The client showed what the server folded in.</summary>
    Same = 1,

    /// <summary>The client showed something else.</summary>
    Other = 2,
}
