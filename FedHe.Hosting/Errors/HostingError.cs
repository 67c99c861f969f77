namespace FedHe.Hosting.Errors;

/// <summary>The reason why a host of a federation does not start, or stops.</summary>
public enum HostingError
{
    /// <summary>Another process works in the folder of the party.</summary>
    FolderInUse = 1,

    /// <summary>The folder of the party cannot be written: it is missing, not the process's own, or its disk is full.</summary>
    FolderNotWritable = 2,

    /// <summary>A file that the party needs is missing.</summary>
    FileMissing = 3,

    /// <summary>A file of the party is damaged, or belongs to another job, party or password.</summary>
    FileRefused = 4,

    /// <summary>Nothing opens the secrets of the party: neither a password file nor a protector was named.</summary>
    ProtectorMissing = 5,

    /// <summary>A service that only the host can give was not registered, such as the trainer.</summary>
    ServiceMissing = 6,

    /// <summary>The ledger of the committee member is older than the newest one that was written.</summary>
    LedgerOutdated = 7,

    /// <summary>A server listens without TLS on an address that other machines reach.</summary>
    TlsRequired = 8,

    /// <summary>A server without identities of its callers listens on an address that other machines reach.</summary>
    IdentityRequired = 9,

    /// <summary>The identities that a server was given do not fit the clients of its job.</summary>
    IdentitiesDoNotFit = 10,

    /// <summary>The server does not accept the identity of this party.</summary>
    NotAuthorized = 11,

    /// <summary>The server refuses a request of this party for a reason that stays.</summary>
    RequestRefused = 12,

    /// <summary>The key authority refuses the keys.</summary>
    KeysRefused = 13,

    /// <summary>A dashboard asks for no authorization, and its host listens on an address that other machines reach.</summary>
    AuthorizationRequired = 14,

    /// <summary>Another server works on the job in the same store.</summary>
    StoreInUse = 15,

    /// <summary>The store of a server does not answer, or refuses the account of this process.</summary>
    StoreUnavailable = 16,

    /// <summary>The store of a server cannot be used: its settings, its version or the account's rights are not as they must be.</summary>
    StoreRefused = 17,

    /// <summary>The state of the server lies in another store than the one that the host was given.</summary>
    StateElsewhere = 18,

    /// <summary>The administrators of a key authority, or the number of approvals, are not as they must be.</summary>
    ApprovalsRefused = 19,

    /// <summary>A client is told to report metrics in a job whose privacy terms do not pay for them.</summary>
    MetricsNotCovered = 20,

    /// <summary>A server cannot be moved into another store: it is not where the move begins, or the other store is not empty, or the server keeps what the other store cannot.</summary>
    MoveRefused = 21,
}
