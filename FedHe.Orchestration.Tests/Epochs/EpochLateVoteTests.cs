using System.Collections.Immutable;
using FedHe.Crypto.Identities;
using FedHe.MLBridge.Identities;
using FedHe.Orchestration.Client;
using FedHe.Orchestration.Epochs;
using FedHe.Orchestration.Errors;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Messages;
using FedHe.Orchestration.RoundKeys.Sharing;
using FedHe.Orchestration.Server;
using FedHe.Orchestration.Server.Openings;
using FedHe.Orchestration.Tests.Committee;
using FedHe.Orchestration.Tests.Support;

namespace FedHe.Orchestration.Tests.Epochs;

/// <summary>
/// No round goes on beside a vote, so slow members neither end a job nor stall the change of an epoch, and no order of offers, votes and sums
/// gives two certificates of a number.
/// </summary>
public sealed class EpochLateVoteTests
{
    [Fact]
    public async Task Server_WhileMembersVote_BeginsNoRound_AndAsksAgain()
    {
        // Guard: a round beside the vote binds some members to its list and some to their votes, and neither ever has enough.
        using CommitteeBench bench = await BenchAsync();
        EpochPlan plan = bench.PlanEpoch([0, 1, 2, 3]);
        bench.Network = (message, client, bytes) => message is EpochOffer && bench.IndexOf(client) > 0 ? null : bytes;
        await bench.ProposeAsync(plan);
        await bench.StartAsync();
        for (int deadlines = 0; deadlines < 5; deadlines++)
        {
            await bench.PassDeadlineAsync();
            bench.RestartServer();
            (bench.Server.Phase, bench.Server.Round, bench.Server.AwaitedMembers.Count).Should().Be((ServerPhase.Renewing, 2, 3));
        }

        await bench.PumpAsync();
        bench.Network = null;
        await bench.ProposeAsync(plan);

        (bench.Server.Job.EpochNumber, bench.Server.Job.Epoch.FirstRound, bench.Server.Attempt).Should().Be((2, 2, 1), "proposing the plan again asks at once");
        bench.Carried.Select(carried => carried.Message).OfType<Invitation>().Should().NotContain(invitation => invitation.Slot.Round == 2 && invitation.Epoch == 1);
        await ShouldCompleteAsync(bench);
    }

    [Fact]
    public async Task Vote_ThatLacksMembersToTheLastTry_EndsTheJobAsALackOfKeysWould()
    {
        using CommitteeBench bench = await BenchAsync();
        bench.Network = (message, client, bytes) => message is EpochOffer && bench.IndexOf(client) > 0 ? null : bytes;
        await bench.ProposeAsync(bench.PlanEpoch([0, 1, 2, 3]));
        await bench.StartAsync();
        int deadlines = 0;
        for (; bench.Server.Outcome is null; deadlines++)
        {
            await bench.PassDeadlineAsync();
        }

        (bench.Server.Outcome, deadlines).Should().Be((FederationOutcome.QuorumNotReached, 6), "three tries of its own, and three of the round");
    }

    [Fact]
    public async Task Plan_OfAServerThatForgotAList_IsPutOff_AndTheNextSumFreesWhoVoted()
    {
        // Guard: who answered for a list of round 2 never votes for an epoch that begins with it, and the server would ask to the end of the job.
        using CommitteeBench bench = await BenchAsync();
        bench.Network = (message, client, bytes) => message is MemberKeyMessage { Round: 2 } ? null : bytes;
        await bench.StartAsync();
        byte[] older = bench.ServerState!;
        bench.Network = (message, client, bytes) => message is ShareAnswer { Round: 2 } || (message is ListOffer { Round: 2 } && bench.IndexOf(client) == 3) ? null : bytes;
        await AnnounceAsync(bench);
        bench.Carried.Select(carried => carried.Message).OfType<ShareAnswer>().Where(answer => answer.Round == 2).Select(answer => bench.IndexOf(answer.Client))
            .Should().BeEquivalentTo([0, 1, 2]);

        bench.RestartServer(older);
        bench.Network = null;
        await bench.ProposeAsync(bench.PlanEpoch([0, 1, 2, 3]));
        await ShouldCompleteAsync(bench);

        bench.Carried.Select(carried => carried.Message).OfType<EpochVote>().Should().Contain(vote => vote.FirstRound == 2).Which.Client.Should().Be(bench.Name(3));
        bench.Server.Job.Epoch.FirstRound.Should().Be(4, "round 2 was given up, and round 3 has a sum");
    }

    [Fact]
    public async Task Answers_OfMembersThatCanNeverVote_AreCountedOnce_AndKeptAcrossARestart()
    {
        using CommitteeBench bench = await BenchAsync();
        bench.Network = (message, client, bytes) => message is EpochOffer ? null : bytes;
        await bench.ProposeAsync(bench.PlanEpoch([0, 1, 2, 3]));
        await bench.StartAsync();
        byte[] AnswerOf(int member, int round)
            => MessageFormat.WriteSigned(new ShareAnswer(bench.Job.JobId, bench.Name(member), round, EpochLab.DigestOf("a list"), new byte[100]), bench.Parameters.Id, bench.Identities[member]);

        bench.Server.Handle(AnswerOf(1, round: 1)).Refusal.Should().Be(RefusalReason.WrongRound, "the answer for the last sum binds nobody");
        ServerStep first = bench.Server.Handle(AnswerOf(1, round: 2));
        (first.Refusal, first.State is not null).Should().Be((RefusalReason.None, true));
        (bench.Server.Handle(AnswerOf(1, round: 2)).State, bench.Server.Phase).Should().Be((null, ServerPhase.Renewing), "one of four may lie");
        bench.RestartServer(first.State!.ToArray());
        bench.Server.AwaitedMembers.Keys.Should().Equal(bench.Name(0), bench.Name(2), bench.Name(3));

        bench.Server.Handle(AnswerOf(2, round: 3));

        (bench.Server.Phase, bench.Server.Round, bench.Server.Attempt).Should().Be((ServerPhase.WaitingForClients, 3, 1));
    }

    [Fact]
    public async Task Answer_OfAMemberThatVoted_CountsForNothing()
    {
        // Guard: one liar that votes and shows an answer, and one member that cannot vote, would put off a plan that three of four vote for.
        using CommitteeBench bench = await BenchAsync();
        bench.Network = (message, client, bytes) => message is EpochOffer && bench.IndexOf(client) > 0 ? null : bytes;
        await bench.ProposeAsync(bench.PlanEpoch([0, 1, 2, 3]));
        await bench.StartAsync();
        byte[] AnswerOf(int member)
            => MessageFormat.WriteSigned(new ShareAnswer(bench.Job.JobId, bench.Name(member), 2, EpochLab.DigestOf("a list"), new byte[100]), bench.Parameters.Id, bench.Identities[member]);

        bench.Server.Handle(AnswerOf(0)).Refusal.Should().Be(RefusalReason.None);
        bench.Server.Handle(AnswerOf(1));

        bench.Server.Phase.Should().Be(ServerPhase.Renewing);
        bench.Server.AwaitedMembers.Keys.Should().Equal(bench.Name(2), bench.Name(3));
    }

    [Fact]
    public async Task Job_ThatEndsWhileMembersVote_IsRestored()
    {
        using CommitteeBench bench = await BenchAsync();
        bench.Network = (message, client, bytes) => message is EpochOffer && bench.IndexOf(client) > 1 ? null : bytes;
        await bench.ProposeAsync(bench.PlanEpoch([0, 1, 2, 3]));
        await bench.StartAsync();
        await bench.RunToEndAsync();

        bench.RestartServer();

        bench.Server.Outcome.Should().Be(FederationOutcome.QuorumNotReached);
    }

    [Fact]
    public async Task Attack_ServerThatCollectsVotesBeforeAndAfterASum_HasOneCertificate()
    {
        // The server has the vote of one member for round 2, lets the others open round 2, and collects votes for both statements.
        (CommitteeLab lab, Digest chain) = await EpochVoteTests.AfterRoundOneAsync();
        using (lab)
        {
            EpochPlan plan = EpochVoteTests.PlanOf(lab);
            var early = new EpochStatement(plan, 2, chain);
            await EpochVoteTests.OfferAsync(lab, 0, plan, chain);
            Opening opening = await OpenRoundTwoAsync(lab, chain, [1, 2, 3, 4]);
            AggregateMessage aggregate = lab.AggregateOf(opening, await lab.AnswersAsync(opening, 1, 2, 3, 4));
            var forEarly = new HashSet<int>();
            var forLate = new HashSet<int>();
            foreach (bool hasOpened in new[] { false, true })
            {
                foreach (int member in lab.All)
                {
                    if (hasOpened)
                    {
                        await lab.SendAsync(member, aggregate);
                    }

                    await CollectAsync(lab, member, plan, chain, 2, early.Digest, forEarly);
                    await CollectAsync(lab, member, plan, opening.Chain, 3, new EpochStatement(plan, 3, opening.Chain).Digest, forLate);
                }
            }

            int corrupt = lab.Bench.Committee.Corrupt;
            forLate.Should().HaveCount(5, "every member opened the sum");
            forEarly.Should().Equal([0], "who answered for the list of round 2, or opened its sum, does not vote for an epoch that begins with it");
            (forEarly.Count + corrupt).Should().BeLessThan(lab.Bench.Committee.Threshold);
            EpochCertificate.TryRead(lab.Bench.Job, new EpochLab(lab.Bench).Certify(early, lab.Bench.Job, [0, .. Enumerable.Range(1, corrupt)]).Bytes, out EpochError error).Should().BeNull();
            error.Should().Be(EpochError.TooFewVotes);
        }
    }

    [Fact]
    public async Task Attack_ServerThatAsksAVoterForKeys_GetsNone()
    {
        (CommitteeLab lab, Digest chain) = await EpochVoteTests.AfterRoundOneAsync();
        using (lab)
        {
            EpochPlan plan = EpochVoteTests.PlanOf(lab);
            await EpochVoteTests.OfferAsync(lab, 0, plan, chain);
            foreach (int round in new[] { 2, 3 })
            {
                ClientStep step = await lab.SendAsync(0, new MemberKeyRequest(lab.Bench.Job.JobId, round));
                (step.Ignored, step.Messages.Length, step.State, step.Ledger).Should().Be((IgnoredReason.EpochIsOver, 0, null, null));
            }

            (await EpochVoteTests.OfferAsync(lab, 0, EpochVoteTests.PlanOf(lab), chain)).Ignored.Should().Be(IgnoredReason.SecondEpoch);
            Opening opening = await OpenRoundTwoAsync(lab, chain, [1, 2, 3, 4]);
            await lab.SendAsync(0, lab.AggregateOf(opening, await lab.AnswersAsync(opening, 1, 2, 3, 4)));
            ClientStep freed = await lab.SendAsync(0, new MemberKeyRequest(lab.Bench.Job.JobId, 3));
            lab.Bench.Parse(freed.Messages.Single()).Should().BeOfType<MemberKeyMessage>("a later sum frees it");
        }
    }

    [Fact]
    public async Task Attack_ServerWithEnoughLateVotes_OpensNoListOfTheRoundInProgress()
    {
        (CommitteeLab lab, Digest chain) = await EpochVoteTests.AfterRoundOneAsync();
        using (lab)
        {
            Opening opening = await OpenRoundTwoAsync(lab, chain, [0, 1, 2, 3, 4]);
            EpochPlan plan = EpochVoteTests.PlanOf(lab);
            int threshold = lab.Bench.Committee.Threshold;
            foreach (int member in Enumerable.Range(0, threshold))
            {
                (await EpochVoteTests.OfferAsync(lab, member, plan, chain)).Ignored.Should().BeNull();
            }

            int answers = 0;
            foreach (int member in lab.All)
            {
                answers += (await lab.OfferAsync(member, opening.List)).Messages.Any(message => lab.Bench.Parse(message) is ShareAnswer) ? 1 : 0;
            }

            answers.Should().Be(lab.All.Length - threshold);
            (answers + lab.Bench.Committee.Corrupt).Should().BeLessThan(threshold);
        }
    }

    private static Task<CommitteeBench> BenchAsync() => CommitteeBench.CreateAsync(new CommitteeOptions { Clients = 4, Rounds = 5, Quorum = 3, MaxAttempts = 3 });

    private static async Task AnnounceAsync(CommitteeBench bench)
    {
        for (int client = 0; client < 4; client++)
        {
            bench.Send(client, bench.Clients[client].Announce());
        }

        await bench.PumpAsync();
    }

    private static async Task ShouldCompleteAsync(CommitteeBench bench)
    {
        await AnnounceAsync(bench);
        await bench.RunToEndAsync();
        bench.Server.Outcome.Should().Be(FederationOutcome.Completed);
        bench.Clients.Should().OnlyContain(client => client.Outcome == FederationOutcome.Completed && client.Job.EpochNumber == 2);
        bench.Clients.Should().AllSatisfy(client => TestModel.Flat(client.GlobalModel).Should().Equal(TestModel.Flat(bench.Clients[0].GlobalModel)));
    }

    private static async Task<Opening> OpenRoundTwoAsync(CommitteeLab lab, Digest chain, int[] members)
    {
        ImmutableArray<RelayedMemberKey> keys = await EpochVoteTests.KeysAsync(lab, 2, members);
        LabAttempt attempt = await lab.InviteAsync(2, 1, keys, baseRound: 1, start: chain, clients: [1, 2, 3, 4]);
        Opening opening = lab.Sum(attempt);
        foreach (int member in members)
        {
            await lab.OpenAsync(opening, member);
        }

        return opening;
    }

    private static async Task CollectAsync(CommitteeLab lab, int member, EpochPlan plan, Digest chain, int firstRound, Digest epoch, HashSet<int> votes)
    {
        ClientStep step = await EpochVoteTests.OfferAsync(lab, member, plan, chain, firstRound);
        if (step.Messages.Select(message => lab.Bench.Parse(message)).OfType<EpochVote>().Any(vote => vote.Epoch == epoch))
        {
            votes.Add(member);
        }
    }
}
