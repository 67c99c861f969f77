using FedHe.MLBridge.Identities;
using FedHe.Orchestration.Diagnostics;
using FedHe.Orchestration.Epochs;
using FedHe.Orchestration.Errors;
using FedHe.Orchestration.Identities;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Messages;
using Microsoft.Extensions.Logging;

namespace FedHe.Orchestration.Client;

/// <summary>
/// Committee replies are what a client answers as a member of the committee, for its rounds and for the next epoch, and how it enters an epoch,
/// member or not.
/// </summary>
/// <param name="membership">The client's part in the committee, or null in a job without one.</param>
/// <param name="state">The client's state.</param>
/// <param name="identity">The client.</param>
/// <param name="outbox">Signs and remembers messages.</param>
/// <param name="replies">Notes why messages are ignored.</param>
/// <param name="reporter">Reports answers.</param>
/// <param name="time">Measures answers.</param>
/// <param name="logger">The log.</param>
internal sealed class CommitteeReplies(
    ClientMembership? membership,
    ClientState state,
    ClientIdentity identity,
    ClientOutbox outbox,
    ClientReplies replies,
    ClientReporter reporter,
    TimeProvider time,
    ILogger logger)
{
    private FederationJob Job => state.Epochs.Job;

    private ClientId Client => identity.Client;

    public ReadOnlyMemory<byte>[] To(MemberKeyRequest request)
    {
        if (membership is null)
        {
            return replies.Ignore(IgnoredReason.NotAMember);
        }

        if (request.Epoch != Job.EpochNumber)
        {
            return replies.IgnoreOtherEpoch(request.Epoch);
        }

        return membership.TryMakeKey(request, out MemberKeyMessage? key) is IgnoredReason reason ? replies.Ignore(reason) : [outbox.Send(key!)];
    }

    public ReadOnlyMemory<byte>[] To(BoxDelivery delivery, int length)
    {
        if (membership is null)
        {
            return replies.Ignore(IgnoredReason.NotAMember);
        }

        long start = time.GetTimestamp();
        if (membership.TryOpen(delivery, out BoxReport? report) is IgnoredReason reason)
        {
            return replies.IgnoreAndCatchUp(reason, delivery.Round);
        }

        reporter.Report(delivery.Round, ClientPhase.Answered, time.GetElapsedTime(start), length);
        return [outbox.Send(report!)];
    }

    public ReadOnlyMemory<byte>[] To(ListOffer offer, int length)
    {
        if (membership is null)
        {
            return replies.Ignore(IgnoredReason.NotAMember);
        }

        long start = time.GetTimestamp();
        if (membership.TryAnswer(offer, out ReadOnlyMemory<byte> answer) is IgnoredReason reason)
        {
            return replies.Ignore(reason);
        }

        reporter.Report(offer.Round, ClientPhase.Answered, time.GetElapsedTime(start), length);
        return [outbox.Remember(answer)];
    }

    public ReadOnlyMemory<byte>[] To(EpochOffer offer)
    {
        if (membership is null)
        {
            return replies.Ignore(IgnoredReason.NotAMember);
        }

        if (membership.TryVote(offer, out ReadOnlyMemory<byte> vote, out EpochError error) is not IgnoredReason reason)
        {
            return [outbox.Remember(vote)];
        }

        if (reason == IgnoredReason.BadEpoch)
        {
            Log.EpochRefused(logger, Client, error);
        }

        if (reason is IgnoredReason.SecondList or IgnoredReason.OtherHistory && membership.AnswerSince(offer.FirstRound) is { IsEmpty: false } answer)
        {
            // The server has forgotten that it offered a list, and would wait for a vote in vain.
            _ = replies.Ignore(reason);
            return [outbox.Remember(answer)];
        }

        return replies.IgnoreAndCatchUp(reason, offer.FirstRound - 1);
    }

    /// <summary>Enters the epoch of a certificate, or ignores the certificate.</summary>
    /// <param name="message">The message with the certificate.</param>
    /// <param name="useKeys">Goes on with the keys of the epoch that the client is in.</param>
    public ReadOnlyMemory<byte>[] To(EpochMessage message, Action useKeys)
    {
        if (membership is null)
        {
            return replies.Ignore(IgnoredReason.UnexpectedMessage);
        }

        if (EpochCertificate.TryRead(Job, message.Certificate, out EpochError error) is not EpochCertificate certificate)
        {
            if (error == EpochError.WrongNumber)
            {
                return message.FirstRound <= Job.Epoch.FirstRound ? replies.Ignore(IgnoredReason.Outdated) : replies.IgnoreOtherEpoch(int.MaxValue);
            }

            Log.EpochRefused(logger, Client, error);
            return replies.Ignore(IgnoredReason.BadEpoch);
        }

        // The last sum of the epoch before is the client's own, opened or at least listed.
        int last = certificate.FirstRound - 1;
        if (state.ChainRound != last || state.ChainDigest != certificate.Job.Epoch.Base)
        {
            return replies.IgnoreAndCatchUp(IgnoredReason.OtherHistory, last);
        }

        Enter(certificate, membership, useKeys);
        return [];
    }

    /// <summary>Enters an epoch. Results of training are not encrypted again, because an attempt of the epoch before may have had them.</summary>
    private void Enter(EpochCertificate certificate, ClientMembership member, Action useKeys)
    {
        state.Epochs.Enter(certificate);
        state.Result = null;
        state.Pending = null;
        state.Touch();
        bool stays = Job.Roster.TryGetKey(Client, out VerificationKey? key) && key.Equals(identity.VerificationKey);
        if (!stays)
        {
            state.Outcome = FederationOutcome.Left;
            state.Statement = null;
            member.Conclude(Job.Settings.Rounds);
        }

        useKeys();
        Log.EpochEntered(logger, Client, Job.EpochNumber, certificate.FirstRound, stays);
    }
}
