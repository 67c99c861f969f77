using System.Collections.Immutable;
using FedHe.Crypto.Sharing;
using FedHe.MLBridge.Identities;
using FedHe.Orchestration.Errors;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Messages;
using FedHe.Orchestration.RoundKeys;
using FedHe.Orchestration.RoundKeys.Sharing;
using FedHe.Orchestration.Server.Openings;

namespace FedHe.Orchestration.Server;

/// <summary>
/// An opening runner talks to the committee: it asks members for their keys of a round, brings them their boxes, and asks them to answer
/// for the list.
/// </summary>
internal sealed class OpeningRunner(ServerState state, Outbox outbox)
{
    private FederationJob Job => state.Epochs.Job;

    /// <summary>Returns the members that the current round or the next epoch waits for, each with the kind of message that it owes.</summary>
    public IReadOnlyDictionary<ClientId, MessageKind> Awaited()
    {
        var awaited = new SortedDictionary<ClientId, MessageKind>();
        if (Job.Committee is not CommitteeTerms committee || state.Outcome is not null)
        {
            return awaited;
        }

        if (state.Phase == ServerPhase.Renewing)
        {
            foreach (ClientId member in committee.Members.Where(state.Renewal!.Awaits))
            {
                awaited.Add(member, MessageKind.EpochVote);
            }

            return awaited;
        }

        if (state.Opening is not Opening opening)
        {
            foreach (ClientId member in committee.Members.Where(member => state.Phase == ServerPhase.WaitingForClients && !state.MemberKeys.ContainsKey(member)))
            {
                awaited.Add(member, MessageKind.MemberKey);
            }

            return awaited;
        }

        foreach (ClientId member in opening.Deliveries.Keys.Where(member => !opening.Answers.ContainsKey(member)))
        {
            bool hasReported = opening.Reports.TryGetValue(member, out ImmutableArray<ClientId> failed);
            if (!hasReported || (opening.IsOffered && failed.IsEmpty))
            {
                awaited.Add(member, hasReported ? MessageKind.ShareAnswer : MessageKind.BoxReport);
            }
        }

        return awaited;
    }

    /// <summary>Asks all members that can be reached for their keys of the round that they have not sent.</summary>
    public void RequestKeys()
    {
        if (Job.Committee is CommitteeTerms committee)
        {
            outbox.Broadcast(
                committee.Members.Where(member => state.Available.Contains(member) && !state.MemberKeys.ContainsKey(member)),
                new MemberKeyRequest(Job.JobId, state.Round) { Epoch = Job.EpochNumber });
        }
    }

    /// <summary>Begins to open a completed sum.</summary>
    public void Begin(Opening opening)
    {
        state.Opening = opening;
        foreach (ClientId member in opening.Deliveries.Keys.Where(state.Available.Contains).Order())
        {
            Deliver(opening, member);
        }
    }

    /// <summary>Asks the members that opened all boxes to answer for the list.</summary>
    public void Offer()
    {
        state.Opening!.IsOffered = true;
        outbox.Broadcast(OpeningRules.Complete(state.Opening), OfferOf(state.Opening));
    }

    /// <summary>Asks again for everything that is missing.</summary>
    public void Remind()
    {
        foreach (ClientId member in state.Available)
        {
            Inform(member);
        }
    }

    /// <summary>Sends a client that came back what the committee awaits of it.</summary>
    public void Inform(ClientId client)
    {
        if (Job.Committee?.Has(client) != true || state.Outcome is not null || state.Phase == ServerPhase.Renewing)
        {
            return;
        }

        if (state.Opening is not Opening opening)
        {
            if (state.Round > 0 && !state.MemberKeys.ContainsKey(client))
            {
                outbox.Send(client, new MemberKeyRequest(Job.JobId, state.Round) { Epoch = Job.EpochNumber });
            }

            return;
        }

        if (!opening.Deliveries.ContainsKey(client) || opening.Answers.ContainsKey(client))
        {
            return;
        }

        // A member that was restarted has its key, but not the shares that it had opened.
        Deliver(opening, client);
        if (opening.IsOffered)
        {
            outbox.Send(client, OfferOf(opening));
        }
    }

    /// <summary>Takes a member's key of the round.</summary>
    public RefusalReason Handle(MemberKeyMessage message, ReadOnlyMemory<byte> bytes)
    {
        if (message.Epoch != Job.EpochNumber)
        {
            return RefusalReason.OtherEpoch;
        }

        if (Job.Committee is not CommitteeTerms committee || !committee.Has(message.Client)
            || !BoxPublicKey.TryRead(committee.KeyExchange, message.Key.Span, out _))
        {
            return RefusalReason.NotAMember;
        }

        if (message.Round != state.Round || state.Outcome is not null)
        {
            return RefusalReason.WrongRound;
        }

        var key = new RelayedMemberKey(message.Client, message.Key.ToArray(), bytes[^MessageSignature.SizeInBytes..].ToArray());
        bool isKnown = state.MemberKeys.TryGetValue(message.Client, out RelayedMemberKey? known) && known.KeyDigest == key.KeyDigest;
        if (!isKnown && known is not null && state.Phase != ServerPhase.WaitingForClients)
        {
            return RefusalReason.ConflictingDuplicate;
        }

        if (!isKnown)
        {
            state.MemberKeys[message.Client] = key;
            state.Touch();
        }

        outbox.Acknowledge(bytes.Span, message, RefusalReason.None);
        return RefusalReason.None;
    }

    /// <summary>Notes whose boxes a member opened.</summary>
    public RefusalReason Handle(BoxReport report, ReadOnlyMemory<byte> bytes)
    {
        if (state.Opening is not Opening opening || !opening.Deliveries.ContainsKey(report.Client)
            || (report.Round, report.Attempt) != (state.Round, state.Attempt))
        {
            return RefusalReason.WrongRound;
        }

        if (report.Failed.Any(failed => opening.List.Contributors.All(contributor => contributor.Client != failed)))
        {
            return RefusalReason.OutOfRange;
        }

        if (!opening.Reports.ContainsKey(report.Client))
        {
            opening.Reports.Add(report.Client, report.Failed);
            state.Touch();
        }

        outbox.Acknowledge(bytes.Span, report, RefusalReason.None);
        if (opening.IsOffered && report.Failed.IsEmpty && !opening.Answers.ContainsKey(report.Client))
        {
            outbox.Send(report.Client, OfferOf(opening));
        }

        return RefusalReason.None;
    }

    /// <summary>Takes a member's answer. The server cannot read it, and passes it on.</summary>
    public RefusalReason Handle(ShareAnswer answer, ReadOnlyMemory<byte> bytes)
    {
        if (state.Opening is not { IsOffered: true } opening || answer.Round != state.Round || answer.List != opening.Chain)
        {
            return RefusalReason.WrongRound;
        }

        if (!opening.Deliveries.ContainsKey(answer.Client))
        {
            return RefusalReason.NotAMember;
        }

        if (opening.Answers.TryAdd(
            answer.Client, new RelayedAnswer(answer.Client, answer.Sealed.ToArray(), bytes[^MessageSignature.SizeInBytes..].ToArray())))
        {
            state.Touch();
        }

        outbox.Acknowledge(bytes.Span, answer, RefusalReason.None);
        return RefusalReason.None;
    }

    /// <summary>Makes the opening of a completed sum: the boxes of every member that has a key of the attempt.</summary>
    public static Opening Create(CompletedSum completed, AttemptSum sum, SharedKeySums keys)
        => new(
            completed.List,
            completed.AggregateBytes(),
            keys.Keys.ToImmutableDictionary(
                key => key.Member, key => (ReadOnlyMemory<byte>)keys.BoxesOf(key.Member, sum.Attempt).ToArray()));


    private void Deliver(Opening opening, ClientId member)
        => outbox.Send(member, new BoxDelivery(Job.JobId, member, state.Round, opening.Deliveries[member]));

    private ListOffer OfferOf(Opening opening) => new(Job.JobId, state.Round, opening.ListBytes);
}
