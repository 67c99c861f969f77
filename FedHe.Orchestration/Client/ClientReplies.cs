using FedHe.MLBridge.Identities;
using FedHe.Orchestration.Diagnostics;
using FedHe.Orchestration.Errors;
using Microsoft.Extensions.Logging;

namespace FedHe.Orchestration.Client;

/// <summary>
/// Client replies are what a client answers to a message that it does not follow: nothing, or the request for what it lacks to follow it. The step of
/// the message says why.
/// </summary>
/// <param name="state">The client's state.</param>
/// <param name="outbox">Asks for what the client lacks.</param>
/// <param name="client">The client.</param>
/// <param name="logger">The log.</param>
internal sealed class ClientReplies(ClientState state, ClientOutbox outbox, ClientId client, ILogger logger)
{
    /// <summary>Why the client ignored the message, or null.</summary>
    public IgnoredReason? Ignored { get; private set; }

    /// <summary>Why the server refused a message of the client, or null.</summary>
    public RefusalReason? Refusal { get; private set; }

    /// <summary>Begins the replies to a message.</summary>
    public void Begin() => (Ignored, Refusal) = (null, null);

    /// <summary>Ignores a message.</summary>
    public ReadOnlyMemory<byte>[] Ignore(IgnoredReason reason)
    {
        Ignored = reason;
        Log.MessageIgnored(logger, client, reason);
        return [];
    }

    /// <summary>Ignores a message of another epoch, and asks for the certificates that the client lacks to follow it.</summary>
    public ReadOnlyMemory<byte>[] IgnoreOtherEpoch(int epoch)
    {
        Ignore(IgnoredReason.OtherEpoch);
        return epoch <= state.Epochs.Job.EpochNumber ? [] : outbox.RequestLatestOnce();
    }

    /// <summary>Ignores a message, and asks for the aggregate that the client lacks to follow it.</summary>
    public ReadOnlyMemory<byte>[] IgnoreAndCatchUp(IgnoredReason reason, int round)
    {
        Ignore(reason);
        return reason != IgnoredReason.OtherHistory || round <= state.ModelRound ? [] : outbox.RequestLatestOnce();
    }

    /// <summary>Notes that the server refused a message of the client.</summary>
    public void NoteRefusal(RefusalReason reason)
    {
        Refusal = reason;
        Log.Refused(logger, client, reason);
    }
}
