using FedHe.MLBridge.Identities;
using FedHe.Orchestration.Diagnostics;
using FedHe.Orchestration.Epochs;
using FedHe.Orchestration.Errors;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Messages;
using FedHe.Orchestration.Server.Renewals;
using Microsoft.Extensions.Logging;

namespace FedHe.Orchestration.Server;

/// <summary>
/// A renewal runner brings the plan of the next epoch to the committee, and its certificate to the clients. It can change nothing of either.
/// </summary>
internal sealed class RenewalRunner(ServerState state, Outbox outbox, ILogger logger, Instruments instruments)
{
    private FederationJob Job => state.Epochs.Job;

    /// <summary>Asks the members to vote for the plan.</summary>
    public void Offer()
    {
        state.Renewal = new Renewal(new EpochStatement(state.Plan!, state.Round, state.Aggregate!.Digest));
        Log.EpochOffered(logger, state.Round, state.Plan!.Number, Job.Committee!.Members.Length);
        Remind();
    }

    /// <summary>Asks the members that have not voted again.</summary>
    public void Remind() => outbox.Broadcast(Job.Committee!.Members.Where(IsAwaited), OfferOf(state.Renewal!));

    /// <summary>Sends a member that came back the offer that it has not voted for.</summary>
    public void Inform(ClientId client)
    {
        if (IsAwaited(client))
        {
            outbox.Send(client, OfferOf(state.Renewal!));
        }
    }

    /// <summary>Sends a client the certificate of an epoch.</summary>
    public void Send(ClientId client, EpochCertificate certificate) => outbox.Send(client, MessageOf(certificate));

    /// <summary>Takes a member's vote.</summary>
    public RefusalReason Handle(EpochVote vote, ReadOnlyMemory<byte> bytes)
    {
        // A vote that comes late has nothing to decide any more.
        bool isDecided = vote.Epoch == Job.Epoch.Digest;
        if (!isDecided && state.Renewal?.Statement.Digest != vote.Epoch)
        {
            return RefusalReason.WrongRound;
        }

        if (!isDecided)
        {
            var relayed = new RelayedVote(vote.Client, bytes[^MessageSignature.SizeInBytes..].ToArray());
            if (!relayed.IsFor(state.Renewal!.Statement, Job))
            {
                return RefusalReason.NotAMember;
            }

            if (state.Renewal.Votes.TryAdd(vote.Client, relayed))
            {
                // The member has erased its key of the round.
                state.MemberKeys.Remove(vote.Client);
                state.Touch();
            }
        }

        outbox.Acknowledge(bytes.Span, vote, RefusalReason.None);
        return RefusalReason.None;
    }

    /// <summary>Begins the epoch that enough members voted for, and forgets what the server has of clients that left.</summary>
    public void Begin()
    {
        Renewal renewal = state.Renewal!;
        EpochCertificate certificate = EpochCertificate.Create(renewal.Statement, Job, renewal.Votes.Values);
        int before = Job.Roster.Clients.Count(client => !certificate.Job.Roster.TryGetKey(client, out _));
        outbox.Broadcast(state.Available, MessageOf(certificate));
        state.Epochs.Enter(certificate);
        instruments.Roster = Job.Roster;
        (state.Plan, state.Renewal) = (null, null);
        Forget(Job);
        Log.EpochBegun(logger, Job.EpochNumber, certificate.FirstRound, Job.Roster.Clients.Count, before);
    }

    /// <summary>
    /// Takes an answer that a member gave in an earlier life of the server, and that keeps it from voting for ever. A member that lies about it
    /// is one of the corrupt ones.
    /// </summary>
    public RefusalReason Handle(ShareAnswer answer, ReadOnlyMemory<byte> bytes)
    {
        if (!Job.Committee!.Has(answer.Client))
        {
            return RefusalReason.NotAMember;
        }

        Renewal renewal = state.Renewal!;
        if (answer.Round < renewal.Statement.FirstRound)
        {
            return RefusalReason.WrongRound;
        }

        // A member that voted and shows an answer nevertheless is corrupt, and its vote is there.
        if (!renewal.Votes.ContainsKey(answer.Client) && renewal.Bound.Add(answer.Client))
        {
            state.Touch();
        }

        outbox.Acknowledge(bytes.Span, answer, RefusalReason.None);
        return RefusalReason.None;
    }

    /// <summary>Goes on in this epoch, because too many members can never vote after the last sum; the plan is offered again after the next one.</summary>
    public void PutOff()
    {
        Log.EpochPutOff(logger, state.Round, state.Plan!.Number);
        state.Renewal = null;
    }

    private void Forget(FederationJob job)
    {
        state.Available.RemoveWhere(HasLeft);
        state.Capped.RemoveWhere(HasLeft);
        foreach (ClientId client in state.Weights.Keys.Where(HasLeft).ToArray())
        {
            state.Weights.Remove(client);
        }

        // The certificate makes the last sum final.
        state.Previous = null;
        state.Confirmations.Clear();
        state.Objections.Clear();
        state.MemberKeys.Clear();
        state.LeftOut.Clear();

        bool HasLeft(ClientId client) => !job.Roster.TryGetKey(client, out _);
    }

    private bool IsAwaited(ClientId client)
        => state.Phase == ServerPhase.Renewing && Job.Committee!.Has(client) && state.Available.Contains(client) && state.Renewal!.Awaits(client);

    private EpochOffer OfferOf(Renewal renewal)
        => new(Job.JobId, renewal.Statement.FirstRound, renewal.Statement.Base, renewal.Statement.Plan.Bytes);

    private EpochMessage MessageOf(EpochCertificate certificate) => new(Job.JobId, certificate.FirstRound, certificate.Bytes);
}
