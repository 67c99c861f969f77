using FedHe.Orchestration.Client;
using FedHe.Orchestration.Epochs;
using FedHe.Orchestration.Errors;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Messages;
using FedHe.Orchestration.Server;
using FedHe.Orchestration.Tests.Committee;
using FedHe.Orchestration.Tests.Support;

namespace FedHe.Orchestration.Tests.Epochs;

/// <summary>A federation changes its clients, its committee and its group key between two rounds, and goes on with the same job.</summary>
public sealed class EpochFederationTests
{
    [Fact]
    public async Task Client_ThatJoins_TakesPart_AndEndsWithEverybodysModel()
    {
        using CommitteeBench bench = await CommitteeBench.CreateAsync(new CommitteeOptions { Clients = 4, Reserve = 1, Rounds = 5, ClientsPerRound = 5, Quorum = 4 });
        HoldAfter(bench, round: 1);
        await bench.StartAsync();
        await bench.PassDeadlineAsync();
        bench.Server.LastAggregatedRound.Should().Be(1);
        bench.Network = null;

        await bench.ProposeAsync(bench.PlanEpoch([0, 1, 2, 3, 4]));
        await bench.RunUntilAsync(() => bench.Server.Job.EpochNumber == 2);
        await bench.JoinAsync();
        await bench.RunToEndAsync();

        bench.Server.Outcome.Should().Be(FederationOutcome.Completed);
        bench.Clients.Should().HaveCount(5).And.OnlyContain(client => client.Outcome == FederationOutcome.Completed && client.ModelRound == 5);
        bench.Clients.Should().AllSatisfy(client => TestModel.Flat(client.GlobalModel).Should().Equal(TestModel.Flat(bench.Clients[0].GlobalModel)));
        bench.Reports[^1].Contributions.Select(contribution => contribution.Client).Should().Contain(bench.Name(4));
        bench.CheckAverage(round: 5);
    }

    [Fact]
    public async Task Client_ThatLeaves_Ends_KeepsItsModel_AndOpensNothingLater()
    {
        using CommitteeBench bench = await CommitteeBench.CreateAsync(new CommitteeOptions { Clients = 5, Members = [0, 1, 2, 3], Rounds = 3, Quorum = 4 });
        EpochPlan plan = bench.PlanEpoch([0, 1, 2, 3]);
        await bench.ProposeAsync(plan);
        await bench.StartAsync();
        await bench.RunToEndAsync();

        bench.Server.Outcome.Should().Be(FederationOutcome.Completed);
        FederationClient leaver = bench.Clients[4];
        (leaver.Outcome, leaver.ModelRound, leaver.Release).Should().Be((FederationOutcome.Left, 1, ModelRelease.MayBePublished));
        bench.Clients.Take(4).Should().OnlyContain(client => client.Outcome == FederationOutcome.Completed && client.ModelRound == 3);
        bench.Reports.Skip(1).Should().OnlyContain(report => report.Contributions.All(contribution => contribution.Client != bench.Name(4)));
        bench.CheckAverage(round: 3, 0, 1, 2, 3);
    }

    [Fact]
    public async Task Member_ThatIsGoneForGood_IsReplacedByTheSuccessor()
    {
        using CommitteeBench bench = await CommitteeBench.CreateAsync(
            new CommitteeOptions { Clients = 6, Members = [0, 1, 2, 3], Successors = [5, 4], Rounds = 3, Quorum = 4, MaxAttempts = 4 });
        await bench.ProposeAsync(bench.PlanEpoch([0, 1, 2, 4, 5]));
        await bench.StartAsync(3);
        await bench.RunToEndAsync();

        bench.Server.Outcome.Should().Be(FederationOutcome.Completed);
        bench.Server.Job.Committee!.Members.Select(bench.IndexOf).Should().Equal(0, 1, 2, 5);
        bench.Carried.Where(carried => carried.Message is ShareAnswer { Round: 3 }).Select(carried => bench.IndexOf(carried.Client))
            .Distinct().Should().BeEquivalentTo([0, 1, 2, 5]);
        bench.CheckAverage(round: 3, 0, 1, 2, 4, 5);
    }

    [Fact]
    public async Task Client_ThatJoins_MayBeAMemberBeforeItHasAModel()
    {
        using CommitteeBench bench = await CommitteeBench.CreateAsync(
            new CommitteeOptions { Clients = 5, Reserve = 2, Members = [0, 1, 2, 3], Rounds = 4, ClientsPerRound = 5, Quorum = 3 });
        await bench.ProposeAsync(bench.PlanEpoch([0, 1, 2, 5, 6], retired: 0));
        HoldAfter(bench, round: 1);
        await bench.StartAsync();
        await bench.RunUntilAsync(() => bench.Server.Job.EpochNumber == 2);
        bench.Network = null;

        bench.Server.Job.Committee!.Members.Select(bench.IndexOf).Should().Equal(1, 2, 5, 6);
        await bench.JoinAsync();
        await bench.RunToEndAsync();

        bench.Server.Outcome.Should().Be(FederationOutcome.Completed);
        bench.Reports.Single(report => report.Round == 2 && report.IsAggregated).Contributions.Select(one => bench.IndexOf(one.Client))
            .Should().BeEquivalentTo([0, 1, 2], "a client that joined has no model to train from before the first sum");
        Answered(bench, member: 5, round: 2).Should().BeTrue();
        bench.CheckAverage(round: 4, 0, 1, 2, 5, 6);
    }

    [Fact]
    public async Task Epochs_FollowOneAnother_AndAClientThatMissedThemAllCatchesUp()
    {
        using CommitteeBench bench = await CommitteeBench.CreateAsync(
            new CommitteeOptions { Clients = 6, Members = [0, 1, 2, 3], Rounds = 6, ClientsPerRound = 5, Quorum = 4, MaxAttempts = 4 });
        await bench.ProposeAsync(bench.PlanEpoch([0, 1, 2, 3, 4, 5]));
        HoldAfter(bench, round: 2);
        await bench.StartAsync(5);
        await bench.RunUntilAsync(() => bench.Server.LastAggregatedRound == 2);
        bench.Server.Job.EpochNumber.Should().Be(2);
        bench.Network = null;
        await bench.ProposeAsync(bench.PlanEpoch([0, 1, 2, 3, 4, 5], retired: 3));
        await bench.RunToEndAsync();
        bench.Server.Job.EpochNumber.Should().Be(3);

        bench.Send(5, bench.Clients[5].Announce());
        await bench.PumpAsync();
        bench.Send(5, bench.Clients[5].Announce());
        await bench.PumpAsync();
        bench.Send(5, bench.Clients[5].Announce());
        await bench.PumpAsync();

        bench.Clients[5].Job.EpochNumber.Should().Be(3);
        (bench.Clients[5].ModelRound, bench.Clients[5].Outcome).Should().Be((6, FederationOutcome.Completed));
        TestModel.Flat(bench.Clients[5].GlobalModel).Should().Equal(TestModel.Flat(bench.Clients[0].GlobalModel));
    }

    [Fact]
    public async Task Client_ThatWasAwayWhileItLeft_LearnsItWhenItComesBack()
    {
        using CommitteeBench bench = await CommitteeBench.CreateAsync(new CommitteeOptions { Clients = 6, Members = [0, 1, 2, 3], Rounds = 4, Quorum = 4, MaxAttempts = 4 });
        await bench.ProposeAsync(bench.PlanEpoch([0, 1, 2, 3, 4]));
        await bench.StartAsync(5);
        await bench.RunToEndAsync();

        bench.Send(5, bench.Clients[5].Announce());
        await bench.PumpAsync();

        bench.Refused.Should().Contain(RefusalReason.OtherEpoch);
        (bench.Clients[5].Outcome, bench.Clients[5].ModelRound).Should().Be((FederationOutcome.Left, 0));
        bench.Clients[5].NeedsKeys.Should().BeFalse();
    }

    [Fact]
    public async Task Plan_WithTooFewVotesToTheLastTry_EndsTheJob()
    {
        using CommitteeBench bench = await CommitteeBench.CreateAsync(new CommitteeOptions { Clients = 4, Rounds = 4, Quorum = 3, MaxAttempts = 2 });
        bench.Network = (message, client, bytes) => message is EpochOffer && bench.IndexOf(client) > 1 ? null : bytes;
        await bench.ProposeAsync(bench.PlanEpoch([0, 1, 2, 3]));
        await bench.StartAsync();
        await bench.RunToEndAsync();

        bench.Server.Outcome.Should().Be(FederationOutcome.QuorumNotReached);
        bench.Server.LastAggregatedRound.Should().Be(1);
    }

    private static bool Answered(CommitteeBench bench, int member, int round)
        => bench.Carried.Any(carried => carried.Client == bench.Name(member) && carried.Message is ShareAnswer answer && answer.Round == round);

    /// <summary>Keeps the clients from beginning the round after one, so that nothing is in progress.</summary>
    internal static void HoldAfter(CommitteeBench bench, int round)
        => bench.Network = (message, client, bytes) => message is Invitation invitation && invitation.Slot.Round > round ? null : bytes;
}
