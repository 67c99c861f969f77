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
/// A vote binds its member whenever it arrives, so votes that come after the plan was put off count: slow members neither end a job nor stall
/// the change of an epoch, and no order of offers, votes and sums gives two certificates of a number.
/// </summary>
public sealed class EpochLateVoteTests
{
    [Fact]
    public async Task Votes_ThatComeAfterThePlanWasPutOff_BeginTheEpoch()
    {
        using CommitteeBench bench = await BenchAsync();
        List<(int Client, ReadOnlyMemory<byte> Bytes)> held = Hold(bench, MessageKind.EpochVote, 1, 2, 3);
        await PutOffAsync(bench, votes: 1);

        bench.Network = null;
        await ReleaseAsync(bench, held);

        (bench.Server.Job.EpochNumber, bench.Server.Job.Epoch.FirstRound).Should().Be((2, 2));
        await ShouldCompleteAsync(bench);
    }

    [Fact]
    public async Task Votes_ThatWereLost_ComeWithTheRefusalToMakeAKey()
    {
        // Guard: the members have erased their keys of the round, and the server would ask for them to the end of the job.
        using CommitteeBench bench = await BenchAsync();
        bool loses = true;
        bench.Network = (message, client, bytes) => message is EpochVote && bench.IndexOf(client) > 0 && loses ? null : bytes;
        await bench.ProposeAsync(bench.PlanEpoch([0, 1, 2, 3]));
        await bench.StartAsync();
        bench.Server.Phase.Should().Be(ServerPhase.Renewing);
        loses = false;
        bench.Server.PutOff().Messages.ToList().ForEach(message => bench.ReceiveAsync(bench.IndexOf(message.Recipient!.Value), message.Bytes).Wait());
        await bench.PumpAsync();

        (bench.Server.Job.EpochNumber, bench.Server.Job.Epoch.FirstRound).Should().Be((2, 2));
        bench.Ignored.Should().Contain((bench.Name(1), IgnoredReason.EpochIsOver));
        await ShouldCompleteAsync(bench);
    }

    [Fact]
    public async Task LateVote_OfOneMoreThanARoundCanDoWithout_MakesTheServerAskTheOthers()
    {
        using CommitteeBench bench = await BenchAsync();
        List<(int Client, ReadOnlyMemory<byte> Bytes)> votes = [];
        bench.Network = (message, client, bytes) =>
        {
            if (message is EpochVote && bench.IndexOf(client) == 1)
            {
                votes.Add((1, bytes));
                return null;
            }

            return message is EpochOffer && bench.IndexOf(client) > 1 ? null : bytes;
        };
        await PutOffAsync(bench, votes: 1);
        bench.Network = (message, client, bytes) => message is Invitation ? null : bytes;

        await ReleaseAsync(bench, votes[..1]);

        (bench.Server.Job.EpochNumber, bench.Server.Job.Epoch.FirstRound).Should().Be((2, 2), "members 2 and 3 have the offer now, and make it three votes");
        bench.Network = null;
        await ShouldCompleteAsync(bench);
    }

    [Fact]
    public async Task Plan_ProposedAgainAfterItWasPutOff_IsOfferedAtOnce_WithTheVotesThatItHas()
    {
        using CommitteeBench bench = await BenchAsync();
        EpochPlan plan = bench.PlanEpoch([0, 1, 2, 3]);
        bench.Network = (message, client, bytes) => (message is EpochOffer && bench.IndexOf(client) > 0) || message is MemberKeyMessage { Round: 2 } ? null : bytes;
        await PutOffAsync(bench, votes: 1, plan);
        bench.Server.Phase.Should().Be(ServerPhase.WaitingForClients);

        bench.Network = null;
        await bench.ProposeAsync(plan);

        (bench.Server.Job.EpochNumber, bench.Server.Job.Epoch.FirstRound).Should().Be((2, 2));
        await ShouldCompleteAsync(bench);
    }

    [Fact]
    public async Task Plan_ThatReplacesAnotherOne_GivesWayToItsLateVotes()
    {
        // Guard: the members are bound by their votes for the first plan, and no round of the epoch can be opened any more.
        using CommitteeBench bench = await BenchAsync();
        List<(int Client, ReadOnlyMemory<byte> Bytes)> held = Hold(bench, MessageKind.EpochVote, 1, 2, 3);
        EpochPlan first = bench.PlanEpoch([0, 1, 2, 3]);
        await PutOffAsync(bench, votes: 1, first);
        await bench.ProposeAsync(bench.PlanEpoch([0, 1, 2, 3]));
        bench.RestartServer();

        bench.Network = null;
        await ReleaseAsync(bench, held);

        (bench.Server.Job.EpochNumber, bench.Server.Job.Authority.KeyId).Should().Be((2, first.KeyId));
        await ShouldCompleteAsync(bench);
        bench.Server.Job.EpochNumber.Should().Be(2, "the second plan was of an epoch that has begun");
    }

    [Theory]
    [InlineData(ServerPhase.Collecting, 2, 2)]
    [InlineData(ServerPhase.Opening, 2, 2)]
    [InlineData(ServerPhase.Opening, 3, 2)]
    public async Task Votes_ThatComeInTheMiddleOfARound_EndItsAttempt_AndBeginTheEpoch(ServerPhase phase, int nextRound, int firstRound)
    {
        // Guard: with the votes of a threshold nobody can open the round any more, and its attempt would wait to the end of its tries.
        using CommitteeBench bench = await BenchAsync();
        bool isOffered = nextRound == 3;
        List<(int Client, ReadOnlyMemory<byte> Bytes)> offers = [];
        bench.Network = (message, client, bytes) =>
        {
            int index = bench.IndexOf(client);
            switch (message)
            {
                case EpochOffer { FirstRound: 2 } when index > 0:
                    offers.Add((index, bytes));
                    return null;
                case Upload { Slot.Round: 2 } when phase == ServerPhase.Collecting && index == 3:
                case BoxReport { Round: 2 } when phase == ServerPhase.Opening && !isOffered && index > 1:
                case ListOffer { Round: 2 } when isOffered && index != 3:
                    return null;
                default:
                    return bytes;
            }
        };
        await PutOffAsync(bench, votes: 1);
        await bench.RunUntilAsync(() => bench.Server.Phase == phase && bench.Server.Round == 2);

        foreach ((int client, ReadOnlyMemory<byte> bytes) in offers.Where(offer => offer.Client is 1 or 2).DistinctBy(offer => offer.Client))
        {
            await bench.ReceiveAsync(client, bytes);
        }

        bench.Network = (message, _, bytes) => message is Invitation ? null : bytes;
        await bench.PumpAsync();

        (bench.Server.Job.EpochNumber, bench.Server.Job.Epoch.FirstRound, bench.Server.Round).Should().Be((2, firstRound, nextRound));
        bench.Server.Attempt.Should().Be(nextRound == 3 ? 1 : 2);
        bench.Reports[^1].IsAggregated.Should().BeFalse();
        bench.RestartServer();
        bench.Network = null;
        await ShouldCompleteAsync(bench);
    }

    [Fact]
    public async Task Votes_ThatArePutOff_AreForgottenWithTheSum()
    {
        using CommitteeBench bench = await BenchAsync();
        bench.Network = (message, client, bytes) => message is EpochOffer { FirstRound: 2 } && bench.IndexOf(client) > 0 ? null : message is Invitation { Slot.Round: 2 } ? null : bytes;
        await PutOffAsync(bench, votes: 1);
        bench.RestartServer();
        bench.Network = (message, client, bytes) => message is EpochOffer ? null : bytes;
        for (int client = 0; client < 4; client++)
        {
            bench.Send(client, bench.Clients[client].Announce());
        }

        await bench.PumpAsync();
        await bench.RunUntilAsync(() => bench.Server.LastAggregatedRound == 2);

        EpochVote given = bench.Carried.Select(carried => carried.Message).OfType<EpochVote>().First();
        byte[] late = MessageFormat.WriteSigned(given with { Client = bench.Name(3) }, bench.Parameters.Id, bench.Identities[3]);
        bench.Server.Handle(late).Refusal.Should().Be(RefusalReason.WrongRound, "the sum shows that the vote can never have enough");
        bench.Network = null;
        await ShouldCompleteAsync(bench);
        bench.Server.Job.Epoch.FirstRound.Should().Be(3);
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
    public async Task PutOff_WhereNoVoteIsUnderWay_OrTooManyVoted_IsRefused()
    {
        using CommitteeBench bench = await BenchAsync();
        FluentActions.Invoking(bench.Server.PutOff).Should().Throw<InvalidOperationException>();
        bench.Network = (message, client, bytes) => message is EpochOffer && bench.IndexOf(client) > 1 ? null : bytes;
        await bench.ProposeAsync(bench.PlanEpoch([0, 1, 2, 3]));
        await bench.StartAsync();
        bench.Server.AwaitedMembers.Should().BeEquivalentTo(new Dictionary<ClientId, MessageKind> { [bench.Name(2)] = MessageKind.EpochVote, [bench.Name(3)] = MessageKind.EpochVote });

        FluentActions.Invoking(bench.Server.PutOff).Should().Throw<InvalidOperationException>("two members voted, and a round can do without one");
        bench.Server.Phase.Should().Be(ServerPhase.Renewing);
    }

    [Fact]
    public async Task Round_ThatGoesOnWithoutAVoter_DoesNotWaitForItsKey()
    {
        using CommitteeBench bench = await BenchAsync();
        bench.Network = (message, client, bytes) => message is EpochOffer { FirstRound: 2 } && bench.IndexOf(client) > 0 ? null : bytes;
        await PutOffAsync(bench, votes: 1);

        // No deadline has passed since.
        bench.Server.Phase.Should().NotBe(ServerPhase.WaitingForClients);
        (bench.Server.Job.EpochNumber, bench.Server.Job.Epoch.FirstRound, bench.Server.Outcome).Should().Be((2, 3, FederationOutcome.Completed));
    }

    [Fact]
    public async Task Key_OfAMemberThatVoted_IsNotTaken()
    {
        // Guard: the vote erased the key, and the round would begin with a quorum of keys of which one opens nothing.
        using CommitteeBench bench = await BenchAsync();
        bench.Network = (message, client, bytes) => (message is EpochOffer && bench.IndexOf(client) > 0) || message is Invitation { Slot.Round: 2 } || (message is MemberKeyMessage { Round: 2 } && bench.IndexOf(client) == 3) ? null : bytes;
        await PutOffAsync(bench, votes: 1);
        MemberKeyMessage old = bench.Carried.Select(carried => carried.Message).OfType<MemberKeyMessage>().First(key => key.Client == bench.Name(0));
        var replayed = new MemberKeyMessage(old.JobId, old.Client, old.Epoch, 2, old.Key);

        ServerStep step = bench.Server.Handle(MessageFormat.WriteSigned(replayed, bench.Parameters.Id, bench.Identities[0]));
        (step.Refusal, step.State).Should().Be((RefusalReason.None, null), "it is acknowledged, and not kept");
        await bench.PassDeadlineAsync();

        (bench.Server.Phase, bench.Server.Round).Should().Be((ServerPhase.WaitingForClients, 2), "keys of two members are no quorum");
        bench.Network = (message, _, bytes) => message is EpochOffer { FirstRound: 2 } ? null : bytes;
        await bench.RunUntilAsync(() => bench.Server.LastAggregatedRound >= 2);
        bench.Carried.Select(carried => carried.Message).OfType<Invitation>().Where(invitation => invitation.Slot.Round == 2).Should().NotBeEmpty()
            .And.OnlyContain(invitation => invitation.MemberKeys.All(key => key.Member != bench.Name(0)));
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
    public async Task Attack_ServerThatAsksAVoterForKeys_GetsNothingButTheVoteThatItHas()
    {
        (CommitteeLab lab, Digest chain) = await EpochVoteTests.AfterRoundOneAsync();
        using (lab)
        {
            EpochPlan plan = EpochVoteTests.PlanOf(lab);
            ReadOnlyMemory<byte> vote = (await EpochVoteTests.OfferAsync(lab, 0, plan, chain)).Messages.Single();
            foreach (int round in new[] { 2, 3 })
            {
                ClientStep step = await lab.SendAsync(0, new MemberKeyRequest(lab.Bench.Job.JobId, round));
                step.Messages.Single().ToArray().Should().Equal(vote.ToArray());
                (step.Ignored, step.State, step.Ledger).Should().Be((IgnoredReason.EpochIsOver, null, null));
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

    /// <summary>Runs a job until the plan of its second epoch is put off after round 1.</summary>
    private static async Task PutOffAsync(CommitteeBench bench, int votes, EpochPlan? plan = null)
    {
        await bench.ProposeAsync(plan ?? bench.PlanEpoch([0, 1, 2, 3]));
        await bench.StartAsync();
        (bench.Server.Phase, 4 - bench.Server.AwaitedMembers.Count).Should().Be((ServerPhase.Renewing, votes));
        await bench.RunUntilAsync(() => bench.Server.Phase != ServerPhase.Renewing);
        bench.Server.Outcome.Should().NotBe(FederationOutcome.QuorumNotReached);
    }

    /// <summary>Holds messages of a kind back that some clients send.</summary>
    private static List<(int Client, ReadOnlyMemory<byte> Bytes)> Hold(CommitteeBench bench, MessageKind kind, params int[] clients)
    {
        var held = new List<(int, ReadOnlyMemory<byte>)>();
        bench.Network = (message, client, bytes) =>
        {
            if (message.Kind != kind || !clients.Contains(bench.IndexOf(client)))
            {
                return bytes;
            }

            held.Add((bench.IndexOf(client), bytes));
            return null;
        };
        return held;
    }

    private static async Task ReleaseAsync(CommitteeBench bench, IEnumerable<(int Client, ReadOnlyMemory<byte> Bytes)> held)
    {
        foreach ((int client, ReadOnlyMemory<byte> bytes) in held)
        {
            bench.Send(client, bytes);
        }

        await bench.PumpAsync();
    }

    private static async Task ShouldCompleteAsync(CommitteeBench bench)
    {
        for (int client = 0; client < 4; client++)
        {
            bench.Send(client, bench.Clients[client].Announce());
        }

        await bench.PumpAsync();
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
