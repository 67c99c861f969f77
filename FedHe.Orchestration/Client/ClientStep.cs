using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;
using FedHe.Orchestration.Errors;
using FedHe.Orchestration.Persistence;

namespace FedHe.Orchestration.Client;

/// <summary>
/// A client step is the result of one message that a client handled. Save its state, if there is one, and deliver its messages
/// after that, in their order.
/// </summary>
public sealed record ClientStep
{
    private readonly ImmutableArray<ReadOnlyMemory<byte>> _messages;
    private readonly ImmutableArray<SignedMessage> _outgoing;

    /// <summary>Creates a step whose parts are given by its properties.</summary>
    public ClientStep()
    {
    }

    /// <summary>Creates a step with messages of which one may be in a file.</summary>
    [SetsRequiredMembers]
    internal ClientStep(ImmutableArray<SignedMessage> outgoing) => _outgoing = outgoing;

    /// <summary>
    /// The messages to deliver to the server, in this order, once <see cref="Ledger"/> and <see cref="State"/> are saved. An upload in a file is read into memory each time: <see cref="Outgoing"/> leaves it there.
    /// </summary>
    /// <exception cref="InvalidOperationException">An upload in a file is longer than an array.</exception>
    /// <exception cref="IOException">An upload is in a file that cannot be read.</exception>
    public required ImmutableArray<ReadOnlyMemory<byte>> Messages
    {
        get => _outgoing.IsDefault ? _messages : [.. _outgoing.Select(message => message.Bytes)];
        init => (_messages, _outgoing) = (value, default);
    }

    /// <summary>The messages of <see cref="Messages"/>, an upload in a file among them, in the order in which they are delivered.</summary>
    public ImmutableArray<SignedMessage> Outgoing => _outgoing.IsDefault ? [.. SignedMessage.All(_messages)] : _outgoing;

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

    /// <summary>Prints what the step is without reading any message.</summary>
    private bool PrintMembers(StringBuilder builder)
    {
        builder.Append(CultureInfo.InvariantCulture, $"Outgoing = [{string.Join("; ", Outgoing)}], Ignored = {Ignored}, Refusal = {Refusal}, ModelRound = {ModelRound}, ");
        builder.Append(CultureInfo.InvariantCulture, $"State = {State?.Stamp}, Ledger = {Ledger?.Stamp}");
        return true;
    }
}
