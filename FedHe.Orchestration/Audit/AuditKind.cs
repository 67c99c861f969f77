namespace FedHe.Orchestration.Audit;

/// <summary>An audit kind says what an entry of an audit log is about. The names are part of the format.</summary>
public enum AuditKind
{
    /// <summary>The log begins: the job and what it promises.</summary>
    Began = 1,

    /// <summary>A process of the author began, with the versions of its software.</summary>
    Started = 2,

    /// <summary>The server went back to its saved state, because something could not be written.</summary>
    Resumed = 3,

    /// <summary>The file ended within an entry, which was cut off: a process had ended while it wrote.</summary>
    Repaired = 4,

    /// <summary>The key authority granted keys to a client; in the log of the server: it passed the grant on to the client, which alone can open it.</summary>
    KeysGranted = 5,

    /// <summary>The key authority refused keys; in the log of the server: it passed the refusal on to a client.</summary>
    KeysRefused = 6,

    /// <summary>An upload was accepted, and is in the state of the server.</summary>
    UploadAccepted = 7,

    /// <summary>A message of a client was refused.</summary>
    MessageRefused = 8,

    /// <summary>An attempt at a round ended: who was invited, who contributed, what was refused.</summary>
    AttemptEnded = 9,

    /// <summary>A sum was sent to the clients, with its list of contributors.</summary>
    SumPublished = 10,

    /// <summary>A sum that clients could not open was taken back.</summary>
    SumTakenBack = 11,

    /// <summary>A sum was charged to the privacy budget of the job.</summary>
    PrivacyCharged = 12,

    /// <summary>An epoch began: other clients, members and keys.</summary>
    EpochBegan = 13,

    /// <summary>A client was excluded from the job.</summary>
    ClientExcluded = 14,

    /// <summary>An excluded client was taken back.</summary>
    ClientReadmitted = 15,

    /// <summary>The job ended.</summary>
    Concluded = 16,

    /// <summary>The key authority waits for the approval of administrators, of a grant or of a plan.</summary>
    ApprovalsAwaited = 17,

    /// <summary>The key authority signed the plan of an epoch: who joins, who leaves, and who approved it.</summary>
    EpochPlanned = 18,

    /// <summary>The key authority refused to plan an epoch that its operator asked for.</summary>
    EpochRefused = 19,

    /// <summary>A client said that it contributes no more.</summary>
    ClientWithdrew = 20,

    /// <summary>A client that contributed no more said that it does again.</summary>
    ClientReturned = 21,
}
