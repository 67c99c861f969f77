using System.Collections.Immutable;
using FedHe.Orchestration.Errors;
using FedHe.Orchestration.Persistence;

namespace FedHe.Orchestration.Client;

/// <summary>
/// A client step is the result of one message that a client handled. Save its state, if there is one, and deliver its messages
/// after that, in their order.
/// </summary>
public sealed record ClientStep
{
    /// <summary>
    /// The messages to deliver to the server, in this order, once <see cref="Ledger"/> and <see cref="State"/> are saved.
    /// </summary>
    public required ImmutableArray<ReadOnlyMemory<byte>> Messages { get; init; }

    /// <summary>The reason why the message was ignored, or null when it was not ignored.</summary>
    public required IgnoredReason? Ignored { get; init; }

    /// <summary>The reason that the server gave in this message for refusing an earlier message of the client, or null.</summary>
    public required RefusalReason? Refusal { get; init; }

    /// <summary>The round of the client's model after the step; 0 for the initial model.</summary>
    public required int ModelRound { get; init; }

    /// <summary>The state that must be on disk before any of the messages leaves, or null when the step changed none.</summary>
    public required SavedState? State { get; init; }

    /// <summary>
    /// The ledger of a committee member that must be on disk before any of the messages leaves, or null when the step changed none. Write
    /// it before <see cref="State"/>: a member whose ledger is older than its state answers nothing in the round of the state. Keep it
    /// in a file of its own that is never backed up, on a machine that is never cloned: a member that goes back to an older ledger
    /// could answer for two lists of one round, and counts as corrupt.
    /// </summary>
    public required SavedState? Ledger { get; init; }
}
