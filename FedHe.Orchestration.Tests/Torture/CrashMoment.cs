namespace FedHe.Orchestration.Tests.Torture;

/// <summary>The moment of a crash within the handling of one message.</summary>
internal enum CrashMoment
{
    /// <summary>The message arrives at a party that is not there any more.</summary>
    BeforeHandling,

    /// <summary>The message was handled, and nothing of it is on disk.</summary>
    BeforeSaving,

    /// <summary>The state is on disk, and no message has left.</summary>
    BeforeSending,
}
