namespace FedHe.Orchestration.Server;

/// <summary>A server's own choices, which clients need not know.</summary>
public sealed record FederationServerOptions
{
    /// <summary>
    /// Allows jobs that protect nothing: the insecure plain scheme, or a mask that encrypts nothing. For tests and
    /// debugging; whoever sees the server's traffic then sees the models.
    /// </summary>
    public bool AllowInsecurePlain { get; init; }

    /// <summary>Length in bytes above which a message is refused unread. At most 1 GiB, the default.</summary>
    public int MaxMessageBytes { get; init; } = 1 << 30;
}
