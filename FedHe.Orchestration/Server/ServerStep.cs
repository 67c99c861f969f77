using System.Collections.Immutable;
using FedHe.Orchestration.Errors;
using FedHe.Orchestration.Persistence;

namespace FedHe.Orchestration.Server;

/// <summary>
/// A server step is the result of one call of a server. Save its state, if there is one, and deliver its messages after that,
/// in their order.
/// </summary>
/// <remarks>
/// <see cref="Change"/> is for hosts with many clients; one that saves every <see cref="State"/> need not know of it.
/// </remarks>
public sealed record ServerStep
{
    /// <summary>The messages to deliver, in this order, once <see cref="State"/> is saved.</summary>
    public required ImmutableArray<OutgoingMessage> Messages { get; init; }

    /// <summary>The reason why the message was refused, which then changed nothing; otherwise <see cref="RefusalReason.None"/>.</summary>
    public required RefusalReason Refusal { get; init; }

    /// <summary>The reports of the attempts that ended in this step.</summary>
    public required ImmutableArray<RoundReport> Reports { get; init; }

    /// <summary>The uploads that this step accepted and folded in, each once in the life of a state: a server that was set back to an older one accepts them again.</summary>
    public ImmutableArray<Contribution> Accepted { get; init; } = [];

    /// <summary>The sums that were sent out for the first time in this step.</summary>
    public ImmutableArray<PublishedSum> Sums { get; init; } = [];

    /// <summary>
    /// The exception of the host's strategy or sampler, which could not select clients, or null. The server waits, and asks
    /// again with the next step.
    /// </summary>
    public required Exception? Failure { get; init; }

    /// <summary>The state that must be on disk before any of the messages leaves, or null when the step changed none.</summary>
    public required SavedState? State { get; init; }

    /// <summary>
    /// What the step changed since the state of the step before, where that follows from one message, or null. A host may append it to a log
    /// in the place of saving <see cref="State"/>: a state grows with the number of uploads, and a change does not.
    /// </summary>
    public SavedChange? Change { get; init; }
}
