namespace FedHe.Orchestration.Errors;

/// <summary>A state error names the one reason why a saved state was refused.</summary>
public enum StateError
{
    /// <summary>The bytes are not a saved state of this kind of party.</summary>
    NotAState = 1,

    /// <summary>The state was written by another version of the library, in a format that this version does not read.</summary>
    UnsupportedVersion,

    /// <summary>The bytes end too early: the state was not written to its end.</summary>
    Truncated,

    /// <summary>The bytes differ from their digest: a disk, a copy or an editor changed them.</summary>
    Damaged,

    /// <summary>The state belongs to another job.</summary>
    AnotherJob,

    /// <summary>The state is not signed by this party: somebody else wrote it, or it belongs to another client or server.</summary>
    Tampered,

    /// <summary>The state is older than the newest one that the host knows of.</summary>
    Outdated,

    /// <summary>The fields of the state contradict each other or the setup.</summary>
    Inconsistent,

    /// <summary>The protector of the setup does not open the secrets in the state.</summary>
    NotUnprotected,

    /// <summary>A message that a change refers to is not there, or its bytes have changed.</summary>
    MessageMissing,

    /// <summary>
    /// A file with a sum that the state refers to is missing, damaged or another one, or the setup names no folder of sums. Where it is the sum of an open attempt, the attempt is repeated instead, as
    /// long as the round may have another one and the folder was a server's before.
    /// </summary>
    SumMissing,

    /// <summary>A file with a model or an upload that the state of a client refers to is missing, damaged or another one.</summary>
    FileMissing,
}
