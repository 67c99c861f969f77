using System.Collections.Immutable;
using FedHe.Crypto.Identities;
using FedHe.Crypto.Kernels.Memory;
using FedHe.Crypto.Sharing;
using FedHe.MLBridge.Identities;
using FedHe.Orchestration.Errors;
using FedHe.Orchestration.Identities;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Keys;
using FedHe.Orchestration.Messages;
using FedHe.Orchestration.RoundKeys;
using FedHe.Orchestration.RoundKeys.Sharing;

namespace FedHe.Orchestration.Committee;

/// <summary>
/// A committee member opens its boxes of an attempt, and answers for one list of a round with the sum of its shares, and for no other
/// list, ever.
/// </summary>
/// <param name="job">The job.</param>
/// <param name="identity">The member.</param>
/// <param name="keys">The clients' keys.</param>
/// <param name="sharing">The sharing of round keys.</param>
/// <param name="ledger">What the member must never forget, which the member owns.</param>
internal sealed class CommitteeMember(FederationJob job, ClientIdentity identity, ClientKeys keys, RoundKeySharing sharing, MemberLedger ledger) : IDisposable
{
    private readonly CommitteeTerms _committee = job.Committee!;
    private readonly ClientId _client = identity.Client;
    private OpenedBoxes? _opened;

    /// <summary>Returns the message with the member's key of a round, the same for each request, or the reason to make none.</summary>
    public IgnoredReason? TryMakeKey(MemberKeyRequest request, MemberView view, out MemberKeyMessage? answer)
    {
        answer = null;
        if (request.Round > job.Settings.Rounds)
        {
            return IgnoredReason.NotInJob;
        }

        if (request.Round < ledger.KeyRound || request.Round <= view.ModelRound || request.Round <= ledger.Floor)
        {
            return IgnoredReason.Outdated;
        }

        if (request.Round > ledger.KeyRound)
        {
            Forget();
            ledger.Begin(request.Round, BoxKeyPair.Generate(_committee.KeyExchange));
        }

        if (ledger.Key is not BoxKeyPair key)
        {
            return IgnoredReason.NotAMember;
        }

        answer = new MemberKeyMessage(job.JobId, _client, Attempt.Epoch, ledger.KeyRound, key.PublicKey.Bytes);
        return null;
    }

    /// <summary>Opens the member's boxes of an attempt, and reports whose do not open, or returns the reason to open none.</summary>
    public IgnoredReason? TryOpen(BoxDelivery delivery, MemberView view, out BoxReport? report)
    {
        report = null;
        if (delivery.Member != _client)
        {
            return IgnoredReason.NotForThisClient;
        }

        if (DeliveredBoxes.TryRead(delivery.Content) is not DeliveredBoxes boxes)
        {
            return IgnoredReason.Malformed;
        }

        // A server that was set back needs the report again, even of a member that has answered: it offers the list again.
        if (delivery.Round < ledger.KeyRound || delivery.Round < ledger.AnsweredRound || delivery.Round <= ledger.Floor)
        {
            return IgnoredReason.Outdated;
        }

        if (ledger.Key is not BoxKeyPair key || ledger.KeyRound != delivery.Round || IndexOf(boxes, key) is not int index)
        {
            return IgnoredReason.NotAMember;
        }

        if (view.ChainRound >= delivery.Round || view.ChainDigest != boxes.Base)
        {
            return IgnoredReason.OtherHistory;
        }

        Forget();
        var attempt = new Attempt(job.Digest, delivery.Round, boxes.AttemptNumber, boxes.ReferenceWeight, boxes.Base);
        _opened = new OpenedBoxes(attempt);
        var failed = ImmutableArray.CreateBuilder<ClientId>();
        foreach (DeliveredBox box in boxes.Boxes)
        {
            if (TryOpen(box, boxes, index, attempt, key) is KeyShare share)
            {
                _opened.Add(box.Contributor, box.Seal, share);
            }
            else
            {
                failed.Add(box.Contributor.Client);
            }
        }

        report = new BoxReport(job.JobId, _client, delivery.Round, boxes.AttemptNumber, failed.ToImmutable());
        if (delivery.Round == ledger.AnsweredRound)
        {
            // The answer is in the ledger, and there is no other.
            Forget();
        }

        return null;
    }

    /// <summary>
    /// Returns the member's answer for a list, or the reason to give none. The answer is in the ledger, which must be on disk before the
    /// answer leaves.
    /// </summary>
    /// <param name="offer">The offer.</param>
    /// <param name="view">What the member knows as a client.</param>
    /// <param name="answer">The message, signed.</param>
    public IgnoredReason? TryAnswer(ListOffer offer, MemberView view, out ReadOnlyMemory<byte> answer)
    {
        answer = default;
        if (ContributorList.TryRead(offer.List) is not ContributorList list || list.Round != offer.Round)
        {
            return IgnoredReason.Malformed;
        }

        Digest chain = list.Chain;
        if (list.Round == ledger.AnsweredRound)
        {
            answer = ledger.AnsweredList == chain ? ledger.Answer : default;
            return answer.IsEmpty ? IgnoredReason.SecondList : null;
        }

        if (Check(list, chain, view) is IgnoredReason reason)
        {
            return reason;
        }

        using KeyShare? share = _opened?.TrySum(list, job.Digest, sharing.CreateSum(_committee.IndexOf(_client)));
        if (share is null)
        {
            return IgnoredReason.BoxNotOpened;
        }

        byte[] sealedShare = AnswerCipher.Seal(share, keys, list.AttemptOf(job.Digest), chain, _client, _committee.Observer);
        var message = new ShareAnswer(job.JobId, _client, list.Round, chain, sealedShare);
        answer = MessageFormat.WriteSigned(message, job.Authority.ParametersId, identity);
        ledger.Note(list.Round, chain, answer);
        Forget();
        return null;
    }

    /// <summary>Erases the key of a round that is over, and the shares that it opened.</summary>
    public void Conclude(int round)
    {
        if (round >= ledger.KeyRound)
        {
            Forget();
        }

        ledger.Erase(round);
    }

    public void Dispose()
    {
        Forget();
        ledger.Dispose();
    }

    /// <summary>Returns the reason not to answer for a list, which clients would refuse, or that would be a second one of its round.</summary>
    private IgnoredReason? Check(ContributorList list, Digest chain, MemberView view)
    {
        if (list.Round < ledger.AnsweredRound || list.Round <= ledger.Floor || view.ChainRound >= list.Round)
        {
            return IgnoredReason.Outdated;
        }

        if (view.Opened.Round == list.Round && view.Opened.Digest != chain)
        {
            return IgnoredReason.SecondList;
        }

        // Whatever is added up below has a seal that was verified when its box was opened.
        return ListRules.CheckAllButSeals(list, job, list.Round, view.ChainDigest);
    }

    /// <summary>Returns the index of the member among those that have keys, if the boxes are sealed to its key.</summary>
    private int? IndexOf(DeliveredBoxes boxes, BoxKeyPair key)
    {
        int index = boxes.Keys.IndexOf((_client, Digest.Compute(key.PublicKey.Bytes.Span)));
        return index >= 0 ? index : null;
    }

    private KeyShare? TryOpen(DeliveredBox box, DeliveredBoxes boxes, int index, Attempt attempt, BoxKeyPair key)
    {
        bool isGenuine = box.Digests[index] == Digest.Compute(box.Box.Span)
            && box.Seal.Boxes == BoxDigests.Of(boxes.Keys, box.Digests)
            && job.Roster.TryGetKey(box.Contributor.Client, out VerificationKey? contributor)
            && box.Seal.Verifies(attempt, box.Contributor, contributor);
        if (!isGenuine)
        {
            return null;
        }

        byte[] secret = SecretMemory.Allocate<byte>(sharing.Parameters.ShareSizeInBytes);
        try
        {
            return key.TryOpen(box.Box.Span, attempt.BoxContext(box.Contributor, _client), secret)
                && KeyShare.TryRead(sharing.Parameters, _committee.IndexOf(_client), contributors: 1, secret, out KeyShare? share)
                ? share
                : null;
        }
        finally
        {
            SecretMemory.Zero<byte>(secret);
        }
    }

    private void Forget()
    {
        _opened?.Dispose();
        _opened = null;
    }
}
