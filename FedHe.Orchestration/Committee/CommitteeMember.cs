using System.Collections.Immutable;
using FedHe.Crypto.Identities;
using FedHe.Crypto.Kernels.Memory;
using FedHe.Crypto.LinearTags;
using FedHe.Crypto.Sharing;
using FedHe.MLBridge.Identities;
using FedHe.Orchestration.Epochs;
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
/// list, ever, whatever the epoch. It votes for the next epoch once after a sum, and answers for no later list of its own epoch then.
/// </summary>
/// <param name="job">The job in the epoch that the member is in.</param>
/// <param name="identity">The member.</param>
/// <param name="keys">The clients' keys of the epoch, or null until the client has them.</param>
/// <param name="protocol">The protocol of the job.</param>
/// <param name="ledger">What the member must never forget, which the member owns.</param>
internal sealed class CommitteeMember(FederationJob job, ClientIdentity identity, ClientKeys? keys, RoundKeyProtocol protocol, MemberLedger ledger) : IDisposable
{
    private readonly ClientId _client = identity.Client;
    private readonly RoundKeySharing _sharing = new(protocol.Sharing!);
    private FederationJob _job = job;
    private ClientKeys? _keys = keys;
    private OpenedBoxes? _opened;

    private CommitteeTerms Committee => _job.Committee!;

    /// <summary>Goes on in another epoch, or with its keys. What was opened in the epoch before is erased.</summary>
    public void Enter(FederationJob job, ClientKeys? keys)
    {
        Forget();
        (_job, _keys) = (job, keys);
    }

    /// <summary>Returns the message with the member's key of a round, the same for each request, or the reason to make none.</summary>
    public IgnoredReason? TryMakeKey(MemberKeyRequest request, MemberView view, out MemberKeyMessage? answer)
    {
        answer = null;
        if (request.Round > _job.Settings.Rounds)
        {
            return IgnoredReason.NotInJob;
        }

        (int Epoch, int Round) place = (_job.EpochNumber, request.Round);
        bool isBefore = request.Round < ledger.KeyRound || place.CompareTo((ledger.KeyEpoch, ledger.KeyRound)) < 0;
        if (isBefore || request.Round < _job.Epoch.FirstRound || request.Round <= view.ModelRound || request.Round <= ledger.Floor)
        {
            return IgnoredReason.Outdated;
        }

        if (CheckTurn(view) is IgnoredReason reason)
        {
            return reason;
        }

        if (place != (ledger.KeyEpoch, ledger.KeyRound))
        {
            Forget();
            ledger.Begin(place.Epoch, place.Round, BoxKeyPair.Generate(Committee.KeyExchange));
        }

        if (ledger.Key is not BoxKeyPair key)
        {
            return IgnoredReason.NotAMember;
        }

        answer = new MemberKeyMessage(_job.JobId, _client, ledger.KeyEpoch, ledger.KeyRound, key.PublicKey.Bytes);
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

        if (CheckTurn(view) is IgnoredReason reason)
        {
            return reason;
        }

        if (ledger.Key is not BoxKeyPair key || (ledger.KeyEpoch, ledger.KeyRound) != (_job.EpochNumber, delivery.Round) || IndexOf(boxes, key) is not int index)
        {
            return IgnoredReason.NotAMember;
        }

        if (view.ChainRound >= delivery.Round || view.ChainDigest != boxes.Base)
        {
            return IgnoredReason.OtherHistory;
        }

        Forget();
        var attempt = Attempt.Of(_job, delivery.Round, boxes.AttemptNumber, boxes.ReferenceWeight, boxes.Base);
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

        report = new BoxReport(_job.JobId, _client, delivery.Round, boxes.AttemptNumber, failed.ToImmutable());
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

        using KeyShare? share = _opened?.TrySum(list, _job, _sharing.CreateSum(Committee.IndexOf(_client)));
        if (share is null)
        {
            return IgnoredReason.BoxNotOpened;
        }

        var message = new ShareAnswer(_job.JobId, _client, list.Round, chain, Seal(share, list, chain));
        answer = MessageFormat.WriteSigned(message, _job.Authority.ParametersId, identity);
        ledger.Note(list.Round, chain, answer);
        Forget();
        return null;
    }

    /// <summary>
    /// Returns the member's vote for the next epoch, or the reason to give none. The vote is in the ledger, which must be on disk before the
    /// vote leaves.
    /// </summary>
    /// <param name="offer">The offer.</param>
    /// <param name="view">What the member knows as a client.</param>
    /// <param name="vote">The message, signed.</param>
    /// <param name="error">What is wrong with the plan, where that is the reason.</param>
    public IgnoredReason? TryVote(EpochOffer offer, MemberView view, out ReadOnlyMemory<byte> vote, out EpochError error)
    {
        vote = default;
        error = EpochError.Malformed;
        if (!EpochPlan.TryRead(offer.Plan.Span, _job.Authority.ParametersId, out EpochPlan? plan, out _))
        {
            return IgnoredReason.BadEpoch;
        }

        // A server that was set back needs the vote again, even of a member that is in the epoch already.
        var statement = new EpochStatement(plan, offer.FirstRound, offer.Base);
        GivenVote given = ledger.Vote;
        if (given.Epoch == statement.Digest && !given.Message.IsEmpty)
        {
            vote = given.Message;
            return null;
        }

        if ((EpochRules.Check(plan, _job) ?? statement.Check(_job)) is EpochError refused)
        {
            error = refused;
            return IgnoredReason.BadEpoch;
        }

        if (Check(statement, given, view) is IgnoredReason reason)
        {
            return reason;
        }

        var message = new EpochVote(_job.JobId, _client, statement.FirstRound, plan.Number, statement.Digest);
        vote = MessageFormat.WriteSigned(message, _job.Authority.ParametersId, identity);
        ledger.Note(new GivenVote(plan.Number, statement.FirstRound, statement.Digest, vote));
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

    /// <summary>Returns the reason to take no part in the rounds of the epoch, or null.</summary>
    private IgnoredReason? CheckTurn(MemberView view)
        => !Committee.Has(_client) ? IgnoredReason.NotAMember
            : ledger.Vote.Ends(_job.EpochNumber, view.ModelRound) ? IgnoredReason.EpochIsOver
            : _keys is null ? IgnoredReason.NoKeys
            : null;

    /// <summary>
    /// Returns the reason not to vote for an epoch: the sum before its first round must be the last one that the member opened, and no list
    /// after it may have the member's answer. So no epoch begins while a list of the one before can still be opened.
    /// </summary>
    private IgnoredReason? Check(EpochStatement statement, GivenVote given, MemberView view)
    {
        int last = statement.FirstRound - 1;
        return !Committee.Has(_client) ? IgnoredReason.NotAMember
            : given.FirstRound >= statement.FirstRound ? IgnoredReason.SecondEpoch
            : view.ModelRound != last || view.ChainRound != last || view.ChainDigest != statement.Base ? IgnoredReason.OtherHistory
            : ledger.AnsweredRound > last || ledger.Floor > last ? IgnoredReason.SecondList
            : ledger.AnsweredRound == last && ledger.AnsweredList != statement.Base ? IgnoredReason.OtherHistory
            : null;
    }

    /// <summary>Returns the reason not to answer for a list, which clients would refuse, or that would be a second one of its round.</summary>
    private IgnoredReason? Check(ContributorList list, Digest chain, MemberView view)
    {
        if (CheckTurn(view) is IgnoredReason reason)
        {
            return reason;
        }

        if (list.Round < _job.Epoch.FirstRound || list.Round < ledger.AnsweredRound || list.Round <= ledger.Floor || view.ChainRound >= list.Round)
        {
            return IgnoredReason.Outdated;
        }

        if (view.Opened.Round == list.Round && view.Opened.Digest != chain)
        {
            return IgnoredReason.SecondList;
        }

        // Whatever is added up below has a seal that was verified when its box was opened.
        return ListRules.CheckAllButSeals(list, _job, list.Round, view.ChainDigest);
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
            && _job.Roster.TryGetKey(box.Contributor.Client, out VerificationKey? contributor)
            && box.Seal.Verifies(attempt, box.Contributor, contributor);
        if (!isGenuine)
        {
            return null;
        }

        byte[] secret = SecretMemory.Allocate<byte>(_sharing.Parameters.ShareSizeInBytes);
        try
        {
            return key.TryOpen(box.Box.Span, attempt.BoxContext(box.Contributor, _client), secret)
                && KeyShare.TryRead(_sharing.Parameters, Committee.IndexOf(_client), contributors: 1, secret, out KeyShare? share)
                ? share
                : null;
        }
        finally
        {
            SecretMemory.Zero<byte>(secret);
        }
    }

    /// <summary>Seals the member's answer, with the check of the sum for an observer.</summary>
    private byte[] Seal(KeyShare share, ContributorList list, Digest chain)
    {
        AnswerPlace place = AnswerPlace.Of(_job, _sharing.Parameters, list, chain, _client);
        using KeySumCheck? check = place.Observer is null ? null : PadSums.CheckOfKeys(_keys!.TagKey, place.Attempt, list, protocol.In(list.Round));
        return AnswerCipher.Seal(share, place, _keys!, check);
    }

    private void Forget()
    {
        _opened?.Dispose();
        _opened = null;
    }
}
