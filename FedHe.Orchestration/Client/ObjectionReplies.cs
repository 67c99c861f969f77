using FedHe.Crypto.Identities;
using FedHe.MLBridge.Identities;
using FedHe.Orchestration.Errors;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Messages;
using FedHe.Orchestration.RoundKeys.Inspections;

namespace FedHe.Orchestration.Client;

/// <summary>
/// Objection replies are what a client says of sums that it refuses, and how it takes part in finding out whose tags made them void.
/// </summary>
/// <param name="inspection">The client's part in inspections, or null where nobody is named.</param>
/// <param name="state">The client's state.</param>
/// <param name="client">The client.</param>
/// <param name="outbox">Signs and remembers messages.</param>
/// <param name="replies">Notes why messages are ignored.</param>
internal sealed class ObjectionReplies(
    ClientInspection? inspection, ClientState state, ClientId client, ClientOutbox outbox, ClientReplies replies)
{
    // A try forges a tag with probability 2^-78; three failures are no accident.
    private const int MostFailedTags = 3;

    /// <summary>Tells whether the client has stopped taking part because too many lists had wrong tags.</summary>
    public bool HasStopped => state.FailedLists.Count >= MostFailedTags;

    private FederationJob Job => state.Epochs.Job;

    /// <summary>Ignores a sum, and objects to one that no honest client can open, so that the server repeats the round.</summary>
    /// <param name="reason">Why the client refuses the sum.</param>
    /// <param name="round">The round of the sum.</param>
    /// <param name="list">The digest of the chain up to the list of the sum.</param>
    /// <param name="message">The bytes of the message that the sum came in.</param>
    public ReadOnlyMemory<byte>[] Refuse(IgnoredReason reason, int round, Digest list, ReadOnlyMemory<byte> message)
    {
        CountFailure(reason, list, message);
        replies.Ignore(reason);
        bool isVoid = reason is IgnoredReason.BadTag or IgnoredReason.BadAnswers or IgnoredReason.BadAggregate or IgnoredReason.UnevenWeights
            or IgnoredReason.OtherPositions;

        // With a committee rounds may have ended without a sum since the last one of the chain.
        bool isNext = Job.Committee is null ? round == state.ChainRound + 1 : round > state.ChainRound;
        if (Job.Protection != JobProtection.RoundKeys || !isVoid || !isNext)
        {
            return [];
        }

        state.Refuse(round, list);
        InspectedPart part = reason == IgnoredReason.BadTag && state.Void is VoidAttempt attempt && attempt.List == list
            ? attempt.Part
            : InspectedPart.None;
        return [outbox.State(new Objection(Job.JobId, client, round, list, part))];
    }

    /// <summary>Approves the sum of round keys of an attempt whose values are held back, or objects to it.</summary>
    /// <param name="keys">The message.</param>
    /// <param name="bytes">The bytes of the message.</param>
    /// <param name="exchange">The client's exchange of models.</param>
    public ReadOnlyMemory<byte>[] To(KeySumMessage keys, ReadOnlyMemory<byte> bytes, IModelExchange exchange)
    {
        if (exchange is not RoundKeyExchange roundKeys)
        {
            return replies.Ignore(IgnoredReason.UnexpectedMessage);
        }

        return roundKeys.VerifyKeys(keys, state, out Digest list) is IgnoredReason refused
            ? Refuse(refused, keys.Round, list, bytes)
            : [outbox.State(new KeyApproval(Job.JobId, client, keys.Round, list))];
    }

    /// <summary>Shows a part of the client's upload.</summary>
    public ReadOnlyMemory<byte>[] To(Inquiry inquiry)
        => inspection is null ? replies.Ignore(IgnoredReason.UnexpectedMessage)
            : inspection.TryShow(inquiry, out byte[] showing) is IgnoredReason reason ? replies.Ignore(reason)
            : [outbox.Remember(showing)];

    /// <summary>Checks a part of another client's upload.</summary>
    public ReadOnlyMemory<byte>[] To(CheckRequest request)
        => inspection is null ? replies.Ignore(IgnoredReason.UnexpectedMessage)
            : inspection.TryCheck(request, out Verdict? verdict) is IgnoredReason reason ? replies.Ignore(reason)
            : [outbox.Send(verdict!)];

    /// <summary>Counts a list whose sums failed their tags, once, and keeps the message as evidence.</summary>
    private void CountFailure(IgnoredReason reason, Digest list, ReadOnlyMemory<byte> bytes)
    {
        if (reason == IgnoredReason.BadTag && state.FailedLists.Add(list))
        {
            state.Evidence = bytes.ToArray();
            state.Touch();
        }
    }
}
