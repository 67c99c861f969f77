namespace FedHe.Hosting.Errors;

/// <summary>The reason why a server store that is no folder could not read or write.</summary>
public enum StoreError
{
    /// <summary>The store does not answer, or has lost its connection.</summary>
    Unavailable = 1,

    /// <summary>The store has no room.</summary>
    NoRoom = 2,

    /// <summary>Another server has taken the job over, so that this one must not write any more.</summary>
    TakenOver = 3,

    /// <summary>The store does not keep what it acknowledges, or was changed by somebody else.</summary>
    Unsafe = 4,

    /// <summary>The store is another one than when the server started, such as a standby that took over. The server must start again.</summary>
    OtherHistory = 5,
}
