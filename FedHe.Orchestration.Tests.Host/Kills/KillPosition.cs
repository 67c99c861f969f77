namespace FedHe.Orchestration.Tests.Host.Kills;

/// <summary>The position within a step at which a process is killed.</summary>
public enum KillPosition
{
    /// <summary>The call has returned, and nothing of it is on disk.</summary>
    BeforeSaving,

    /// <summary>A client is training.</summary>
    WhileTraining,

    /// <summary>Half of a new file is on disk, beside the old one.</summary>
    WhileSaving,

    /// <summary>Some of the step's files are on disk, and the others are not.</summary>
    AmongFiles,

    /// <summary>All files are on disk, and no message has left.</summary>
    AfterSaving,

    /// <summary>Some of the step's messages have left.</summary>
    AmongMessages,

    /// <summary>All messages have left.</summary>
    AfterMessages,
}
