namespace FedHe.Orchestration.Tests.Committee;

/// <summary>The moment within a step at which a party is killed.</summary>
internal enum StepCrash
{
    /// <summary>The message was handled, and nothing of it is on disk.</summary>
    Unsaved,

    /// <summary>The ledger of a member is on disk, and its state is not.</summary>
    LedgerSaved,

    /// <summary>The state of a member is on disk, and its ledger is not.</summary>
    StateSaved,

    /// <summary>Everything is on disk, and no message has left.</summary>
    Saved,

    /// <summary>Some of the messages have left.</summary>
    HalfSent,

    /// <summary>The state of a member is on disk and some of the messages have left, and its ledger is not on disk: no host may do that.</summary>
    SentBeforeLedger,
}
