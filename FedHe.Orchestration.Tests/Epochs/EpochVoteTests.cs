using System.Collections.Immutable;
using FedHe.Crypto.Identities;
using FedHe.Orchestration.Client;
using FedHe.Orchestration.Committee;
using FedHe.Orchestration.Epochs;
using FedHe.Orchestration.Errors;
using FedHe.Orchestration.Messages;
using FedHe.Orchestration.RoundKeys.Sharing;
using FedHe.Orchestration.Server.Openings;
using FedHe.Orchestration.Tests.Committee;

namespace FedHe.Orchestration.Tests.Epochs;

/// <summary>
/// A member votes for one next epoch after its own last sum, and answers for no later list of the epoch before: no epoch begins while a list of
/// the one before can still be opened, and no round has two lists, whatever the epoch.
/// </summary>
public sealed class EpochVoteTests
{
    [Fact]
    public async Task Member_Votes_RepeatsItsVote_AndSavesItFirst()
    {
        (CommitteeLab lab, Digest chain) = await AfterRoundOneAsync();
        using (lab)
        {
            EpochPlan plan = PlanOf(lab);

            ClientStep first = await OfferAsync(lab, 0, plan, chain);
            ClientStep second = await OfferAsync(lab, 0, plan, chain);

            VoteOf(lab, first).Epoch.Should().Be(new EpochStatement(plan, 2, chain).Digest);
            first.Ledger.Should().NotBeNull("the vote is on disk before it leaves");
            first.State.Should().NotBeNull();
            second.Messages.Single().ToArray().Should().Equal(first.Messages.Single().ToArray(), "a vote is repeated unchanged");
            (second.Ledger, second.State).Should().Be((null, null));
            using MemberLedger ledger = lab.LedgerOf(0);
            (ledger.Vote.Number, ledger.Vote.FirstRound, ledger.Key).Should().Be((2, 2, null));
        }
    }

    [Theory]
    [InlineData("as it is")]
    [InlineData("restarted")]
    [InlineData("older state")]
    [InlineData("lost ledger")]
    [InlineData("new client, ledger only")]
    public async Task Member_ThatVoted_AnswersNoListOfItsEpoch_AlsoAfterARestart(string how)
    {
        // Guard: without the note of the vote, t old members could open a list of round 2 while others open one in the next epoch.
        (CommitteeLab lab, Digest chain) = await AfterRoundOneAsync();
        using (lab)
        {
            byte[] olderState = Saved(lab, 0);
            ImmutableArray<RelayedMemberKey> keys = await lab.RequestKeysAsync(round: 2);
            LabAttempt attempt = await lab.InviteAsync(2, 1, keys, baseRound: 1, start: chain, clients: [1, 2, 3, 4]);
            Opening opening = lab.Sum(attempt);
            (await lab.OpenAsync(opening, 0)).Should().BeEmpty("the member could answer");
            await OfferAsync(lab, 0, PlanOf(lab), chain);
            byte[] newState = Saved(lab, 0);
            lab.Bench.Clients[0] = how switch
            {
                "restarted" => FederationClient.Restore(lab.Bench.ClientSetup(0), newState),
                "older state" => FederationClient.Restore(lab.Bench.ClientSetup(0), olderState),
                "lost ledger" => FederationClient.Restore(lab.Bench.ClientSetup(0) with { Ledger = null }, newState),
                "new client, ledger only" => new FederationClient(lab.Bench.ClientSetup(0)),
                _ => lab.Bench.Clients[0],
            };

            (await lab.OfferAsync(0, opening.List)).Ignored.Should().BeOneOf(IgnoredReason.EpochIsOver, IgnoredReason.Outdated);
            (await lab.DeliverAsync(0, 2, lab.BoxesOf(opening, 0))).Ignored.Should()
                .BeOneOf(IgnoredReason.EpochIsOver, IgnoredReason.Outdated, IgnoredReason.OtherHistory);
            (await lab.SendAsync(0, new MemberKeyRequest(lab.Bench.Job.JobId, 2))).Ignored.Should()
                .BeOneOf(IgnoredReason.EpochIsOver, IgnoredReason.Outdated);
            (await lab.SendAsync(0, new MemberKeyRequest(lab.Bench.Job.JobId, 3))).Ignored.Should().Be(IgnoredReason.EpochIsOver);
        }
    }

    [Fact]
    public async Task Member_ThatAnsweredALaterList_DoesNotVote()
    {
        // Guard: without it the committee could open round 2 for the server alone, and again, with another list, in the next epoch.
        (CommitteeLab lab, Digest chain) = await AfterRoundOneAsync();
        using (lab)
        {
            LabAttempt attempt = await lab.InviteAsync(2, 1, await lab.RequestKeysAsync(round: 2), baseRound: 1, start: chain);
            await lab.AnswerAsync(lab.Sum(attempt), 0);

            (await OfferAsync(lab, 0, PlanOf(lab), chain)).Ignored.Should().Be(IgnoredReason.SecondList);
            (await OfferAsync(lab, 1, PlanOf(lab), chain)).Ignored.Should().BeNull("this member has not answered");
        }
    }

    [Fact]
    public async Task Member_VotesForItsOwnLastSumOnly()
    {
        (CommitteeLab lab, Digest chain) = await AfterRoundOneAsync();
        using (lab)
        {
            EpochPlan plan = PlanOf(lab);

            (await OfferAsync(lab, 0, plan, EpochLab.DigestOf("another history"))).Ignored.Should().Be(IgnoredReason.OtherHistory);
            (await OfferAsync(lab, 0, plan, chain, firstRound: 3)).Ignored.Should().Be(IgnoredReason.OtherHistory, "round 2 has no sum");
            (await OfferAsync(lab, 0, plan, lab.Bench.Job.StartDigest, firstRound: 1)).Ignored.Should().Be(IgnoredReason.BadEpoch);
            (await OfferAsync(lab, 0, plan, chain, firstRound: 4)).Ignored.Should().Be(IgnoredReason.BadEpoch, "the job has three rounds");
            (await OfferAsync(lab, 0, plan, chain)).Ignored.Should().BeNull();
        }
    }

    [Fact]
    public async Task Member_VotesForOnePlan_AndNoMore_AlsoAfterItLostItsLedger()
    {
        (CommitteeLab lab, Digest chain) = await AfterRoundOneAsync();
        using (lab)
        {
            EpochPlan first = PlanOf(lab);
            EpochPlan second = PlanOf(lab);
            await OfferAsync(lab, 0, first, chain);

            (await OfferAsync(lab, 0, second, chain)).Ignored.Should().Be(IgnoredReason.SecondEpoch);
            lab.Bench.Clients[0] = FederationClient.Restore(lab.Bench.ClientSetup(0), Saved(lab, 0));
            (await OfferAsync(lab, 0, second, chain)).Ignored.Should().Be(IgnoredReason.SecondEpoch);
            lab.Bench.Clients[0] = FederationClient.Restore(lab.Bench.ClientSetup(0) with { Ledger = null }, Saved(lab, 0));
            (await OfferAsync(lab, 0, second, chain)).Ignored.Should().Be(IgnoredReason.SecondEpoch, "the state knows that there was a vote");
            (await OfferAsync(lab, 0, first, chain)).Ignored.Should().Be(IgnoredReason.SecondEpoch, "nobody knows for what");
        }
    }

    [Fact]
    public async Task Member_ThatVotedInVain_GoesOnWithTheSumThatOthersOpened_AndVotesAgain()
    {
        (CommitteeLab lab, Digest chain) = await AfterRoundOneAsync();
        using (lab)
        {
            await OfferAsync(lab, 0, PlanOf(lab), chain);
            ImmutableArray<RelayedMemberKey> keys = await KeysAsync(lab, 2, [1, 2, 3, 4]);
            LabAttempt attempt = await lab.InviteAsync(2, 1, keys, baseRound: 1, start: chain, clients: [1, 2, 3, 4]);
            Opening opening = lab.Sum(attempt);
            AggregateMessage aggregate = lab.AggregateOf(opening, await lab.AnswersAsync(opening, 1, 2, 3, 4));
            (await lab.SendAsync(0, new MemberKeyRequest(lab.Bench.Job.JobId, 3))).Ignored.Should().Be(IgnoredReason.EpochIsOver);

            (await lab.SendAsync(0, new HistoryMessage(lab.Bench.Job.JobId, [opening.ListBytes]))).Ignored.Should().NotBeNull();
            (await lab.SendAsync(0, aggregate)).Ignored.Should().BeNull();

            (await lab.SendAsync(0, new MemberKeyRequest(lab.Bench.Job.JobId, 3))).Ignored.Should().BeNull();
            (await OfferAsync(lab, 0, PlanOf(lab), opening.Chain, firstRound: 3)).Ignored.Should().BeNull("the first vote decides nothing any more");
        }
    }

    [Fact]
    public async Task Member_ThatVoted_IsNotFreedByAListThatItDidNotOpen()
    {
        // Guard: the lists of a history are signed by contributors, not answered for. A server could make one of what it has.
        (CommitteeLab lab, Digest chain) = await AfterRoundOneAsync();
        using (lab)
        {
            ImmutableArray<RelayedMemberKey> keys = await lab.RequestKeysAsync(round: 2);
            LabAttempt attempt = await lab.InviteAsync(2, 1, keys, baseRound: 1, start: chain, clients: [1, 2, 3, 4]);
            Opening opening = lab.Sum(attempt);
            await OfferAsync(lab, 0, PlanOf(lab), chain);
            lab.Bench.Clients[0].AskForLatest();
            (await lab.SendAsync(0, new HistoryMessage(lab.Bench.Job.JobId, [opening.ListBytes]))).Ignored.Should().BeNull("it asked for the latest");

            (await lab.SendAsync(0, new MemberKeyRequest(lab.Bench.Job.JobId, 3))).Ignored.Should().Be(IgnoredReason.EpochIsOver);
        }
    }

    [Fact]
    public async Task Client_ThatIsNoMember_DoesNotVote()
    {
        using CommitteeBench bench = await CommitteeBench.CreateAsync(new CommitteeOptions { Clients = 5, Members = [0, 1, 2, 3], Quorum = 3, Rounds = 2 });
        bench.Network = (message, _, bytes) => message is Invitation { Slot.Round: 2 } ? null : bytes;
        await bench.StartAsync();
        EpochPlan plan = bench.PlanEpoch([0, 1, 2, 3, 4]);

        ClientStep step = await bench.Clients[4].HandleAsync(bench.FromServer(new EpochOffer(bench.Job.JobId, 2, ChainOf(bench), plan.Bytes)));

        step.Ignored.Should().Be(IgnoredReason.NotAMember);
    }

    internal static async Task<(CommitteeLab Lab, Digest Chain)> AfterRoundOneAsync(CommitteeOptions? options = null)
    {
        (CommitteeLab lab, LabAttempt attempt) = await CommitteeLab.CreateWithUploadsAsync(options ?? new CommitteeOptions { Clients = 5, Rounds = 3, Quorum = 4 });
        return (lab, await lab.CompleteAsync(lab.Sum(attempt)));
    }

    internal static EpochPlan PlanOf(CommitteeLab lab) => lab.Bench.PlanEpoch([0, 1, 2, 3, 4]);

    internal static Task<ClientStep> OfferAsync(CommitteeLab lab, int member, EpochPlan plan, Digest chain, int firstRound = 2)
        => lab.SendAsync(member, new EpochOffer(lab.Bench.Job.JobId, firstRound, chain, plan.Bytes));

    private static EpochVote VoteOf(CommitteeLab lab, ClientStep step) => (EpochVote)lab.Bench.Parse(step.Messages.Single());

    internal static async Task<ImmutableArray<RelayedMemberKey>> KeysAsync(CommitteeLab lab, int round, int[] members)
    {
        var keys = ImmutableArray.CreateBuilder<RelayedMemberKey>();
        foreach (int member in members)
        {
            ClientStep step = await lab.SendAsync(member, new MemberKeyRequest(lab.Bench.Job.JobId, round));
            keys.Add(new RelayedMemberKey(
                lab.Bench.Name(member), ((MemberKeyMessage)lab.Bench.Parse(step.Messages.Single())).Key.ToArray(), CommitteeLab.SignatureOf(step.Messages.Single())));
        }

        return keys.ToImmutable();
    }

    private static Digest ChainOf(CommitteeBench bench) => bench.Carried.Select(carried => carried.Message).OfType<Confirmation>().Last().Chain;

    private static byte[] Saved(CommitteeLab lab, int client)
    {
        var bytes = new System.Buffers.ArrayBufferWriter<byte>();
        lab.Bench.Clients[client].SaveState(bytes);
        return bytes.WrittenSpan.ToArray();
    }
}
