namespace FedHe.Orchestration.Messages;

/// <summary>The party that signs a message.</summary>
internal enum MessageSigner
{
    /// <summary>The message has no signature.</summary>
    Nobody = 0,

    /// <summary>The client that the message names.</summary>
    Client,

    /// <summary>The server that the job names.</summary>
    Server,

    /// <summary>The key authority that the job names.</summary>
    Authority,

    /// <summary>The contributor to a sum, whose signature its seal holds.</summary>
    Contributor,

    /// <summary>The client that takes part in the drawing of a committee.</summary>
    Drawer,

    /// <summary>The authority that plans an epoch.</summary>
    Planner,

    /// <summary>The client that sends one of its messages in chunks.</summary>
    Transferrer,

    /// <summary>The client that reports metrics of its training.</summary>
    Reporter,

    /// <summary>The administrator of a key authority who approves what it does.</summary>
    Administrator,
}
