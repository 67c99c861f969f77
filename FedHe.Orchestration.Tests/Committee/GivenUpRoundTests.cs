using FedHe.Orchestration.Client;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Messages;
using FedHe.Orchestration.Server;
using FedHe.Orchestration.Tests.Support;

namespace FedHe.Orchestration.Tests.Committee;

/// <summary>A round whose list was offered in vain is over: the next one begins from the same model, with training anew.</summary>
public sealed class GivenUpRoundTests
{
    [Fact]
    public async Task Round_OfferedInVain_IsFollowedByTheNextFromTheSameModelWithTrainingAnew()
    {
        using CommitteeBench bench = await CreateAsync(rounds: 3);
        bench.Network = WithoutAnswersIn(bench, 2);

        await bench.StartAsync();
        await bench.RunToEndAsync();

        bench.Server.Outcome.Should().Be(FederationOutcome.Completed);
        bench.Clients.Should().OnlyContain(client => client.ModelRound == 3 && client.Outcome == FederationOutcome.Completed);
        bench.Trainers.Should().AllSatisfy(trainer => trainer.Results.Select(result => result.Task.Round).Should().Equal(1, 2, 3));
        double[] before = TestModel.Flat(bench.Trainers[0].Results[1].Result.Parameters);
        TestModel.Flat(bench.Trainers[0].Results[2].Result.Parameters).Should().Equal(before, "the fake trainer gives the same from the same model");
        bench.CheckAverage(round: 3);
        bench.Carried.Where(carried => carried.Message is Upload { Slot.Round: 3 }).Should().HaveCount(6);
        bench.Reports.Select(report => (report.Round, report.IsAggregated)).Should().Equal((1, true), (2, false), (3, true));
    }

    [Fact]
    public async Task LastRound_OfferedInVain_EndsTheJobWithTheModelBefore()
    {
        using CommitteeBench bench = await CreateAsync(rounds: 2);
        bench.Network = WithoutAnswersIn(bench, 2);

        await bench.StartAsync();
        await bench.RunToEndAsync();

        bench.Server.Outcome.Should().Be(FederationOutcome.QuorumNotReached);
        bench.Clients.Should().OnlyContain(client => client.ModelRound == 1 && client.Outcome == FederationOutcome.QuorumNotReached);
        bench.Clients.Should().OnlyContain(client => client.Release == ModelRelease.MayBePublished);
        bench.CheckAverage(round: 1);
    }

    [Fact]
    public async Task FirstRound_OfferedInVain_IsFollowedByTheNextFromTheInitialModel()
    {
        using CommitteeBench bench = await CreateAsync(rounds: 2);
        bench.Network = WithoutAnswersIn(bench, 1);

        await bench.StartAsync();
        await bench.RunToEndAsync();

        bench.Server.Outcome.Should().Be(FederationOutcome.Completed);
        bench.Clients.Should().OnlyContain(client => client.ModelRound == 2);
        bench.CheckAverage(round: 2);
    }

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    public async Task Client_ThatMissedRoundsAroundAGap_CatchesUpOverIt(int back)
    {
        // Round 3 is given up. The last client is away after round 1, and comes back in a later one.
        using CommitteeBench bench = await CreateAsync(rounds: 6, quorum: 5);
        CommitteeBench.Interceptor lossy = WithoutAnswersIn(bench, 3);
        bool isBack = false;
        bench.Network = (message, client, bytes) =>
        {
            if (!isBack && bench.Server.Round > back)
            {
                isBack = true;
                bench.Send(5, bench.Clients[5].Announce());
            }

            bool isAway = client == bench.Name(5) && bench.Server.Round > 1 && !isBack;
            return isAway ? null : lossy(message, client, bytes);
        };

        await bench.StartAsync();
        await bench.RunToEndAsync();

        bench.Server.Outcome.Should().Be(FederationOutcome.Completed);
        bench.Clients.Should().OnlyContain(client => client.ModelRound == 6 && client.Outcome == FederationOutcome.Completed);
        bench.CheckAverage(round: 6);
        bench.Clients[5].Stamp.Round.Should().Be(6);
    }

    [Fact]
    public async Task Server_RestartedInEveryPhase_GoesOnOverAGap()
    {
        using CommitteeBench bench = await CreateAsync(rounds: 3);
        CommitteeBench.Interceptor lossy = WithoutAnswersIn(bench, 2);
        var restarted = new HashSet<(int Round, MessageKind Kind)>();
        bench.Network = (message, client, bytes) =>
        {
            if (message is ClientMessage && bench.Server.Phase != ServerPhase.NotStarted && restarted.Add((bench.Server.Round, message.Kind)))
            {
                bench.RestartServer();
            }

            return lossy(message, client, bytes);
        };

        await bench.StartAsync();
        await bench.RunToEndAsync();

        restarted.Count.Should().BeGreaterThanOrEqualTo(12, "each of three rounds has keys, uploads, reports and answers");
        bench.Server.Outcome.Should().Be(FederationOutcome.Completed);
        bench.Clients.Should().OnlyContain(client => client.ModelRound == 3 && client.Outcome == FederationOutcome.Completed);
        bench.CheckAverage(round: 3);
    }

    [Fact]
    public async Task Members_ThatAnsweredInVain_AnswerForNoOtherListOfTheRound()
    {
        using CommitteeBench bench = await CreateAsync(rounds: 3);
        bench.Network = WithoutAnswersIn(bench, 2);

        await bench.StartAsync();
        await bench.RunToEndAsync();

        ShareAnswer[] answers = [.. bench.Carried.Where(carried => carried.Client == bench.Name(1)).Select(carried => carried.Message).OfType<ShareAnswer>()];
        answers.GroupBy(answer => answer.Round).Should().HaveCount(3).And.AllSatisfy(
            round => round.Select(answer => answer.List).Distinct().Should().ContainSingle());
        answers.Count(answer => answer.Round == 2).Should().BeGreaterThan(1, "the list was offered again");
    }

    private static Task<CommitteeBench> CreateAsync(int rounds, int? quorum = null)
        => CommitteeBench.CreateAsync(new CommitteeOptions { Clients = 6, Members = [0, 1, 2, 3], Quorum = quorum, Rounds = rounds });

    /// <summary>Loses the answers of all members but one in a round.</summary>
    private static CommitteeBench.Interceptor WithoutAnswersIn(CommitteeBench bench, int round)
        => (message, client, bytes) => message is ShareAnswer answer && answer.Round == round && client != bench.Name(0) ? null : bytes;
}
